"""<Gather>: https://www.twilio.com/docs/voice/twiml/gather.

A bare finishOnKey is an empty result: http://www.twilio.com/docs/api/twiml/gather (section `action`). The fields
`FinishedOnKey` and `msg=Gather End` are not documented; they stand in captured requests.
"""

from tests.fakes.twilio.call import Call, Target
from tests.fakes.twilio.document import Verb
from tests.fakes.twilio.line import Line

_PRESSES_AFTER_S = 1.0


async def gather(line: Line, verb: Verb) -> Target | None:
    """Play, listen, and tell where to go on; None goes on with the next verb."""
    line.call.questions += 1
    with line.call.listening("Gather"):
        if line.call.phone is not None and line.call.phone.presses:
            line.network.spawn(_press(line.call, line.call.questions), f"twilio keys of {line.call.sid}")
        digits, finished_on = await _keys(line, verb)
    if not digits and not verb.is_set("actionOnEmptyResult"):
        return None
    fields = (("Digits", digits), ("FinishedOnKey", finished_on), ("msg", "Gather End"))
    return Target(url=verb.url("action", verb.document_url), method=verb.get("method", "POST").upper(), fields=fields)


async def _press(call: Call, question: int) -> None:
    await call.pace.sleep(_PRESSES_AFTER_S)
    if call.listens == "Gather" and call.questions == question and call.phone is not None:
        for key in call.phone.presses:
            call.press(key)


async def _keys(line: Line, verb: Verb) -> tuple[str, str]:
    finish, most = verb.get("finishOnKey", "#"), verb.whole("numDigits", 10**6)
    between_s = float(verb.whole("timeout", 5))
    digits = ""
    key = await _prompts(line, verb)
    while True:
        if key is None:
            key = await line.call.rest(between_s)
        if key is None:
            return digits, ""
        if finish and key == finish:
            return digits, key
        digits += key
        if len(digits) >= most:
            return digits, ""
        key = None


async def _prompts(line: Line, verb: Verb) -> str | None:
    for sound in verb.nested:
        key = await sounds(line, sound)
        if key is not None:
            return key
    return None


async def sounds(line: Line, verb: Verb) -> str | None:
    """Play, say or keep silent; a key that is listened to ends it and is returned."""
    match verb.name:
        case "Play":
            return await line.play(verb)
        case "Say":
            return await _say(line, verb)
        case "Pause":
            return await line.hear("pause", "", float(verb.whole("length", 1)))
    return None


async def _say(line: Line, verb: Verb) -> str | None:
    times = verb.whole("loop", 1)
    said = 0
    while times == 0 or said < times:
        key = await line.say(verb.text, verb.get("voice"), verb.get("language"))
        if key is not None:
            return key
        said += 1
    return None
