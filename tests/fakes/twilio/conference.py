"""<Dial><Conference>, <Enqueue> and <Leave>, as far as a caller who waits needs them.

A call in a conference or a queue stays until it hangs up, is moved by the REST API, or, in a conference, until
somebody with endConferenceOnExit leaves. Nobody is bridged out of a queue here.
"""

from tests.fakes.twilio.call import LineBrokenOffError, Target
from tests.fakes.twilio.document import Verb
from tests.fakes.twilio.line import Line


async def confer(line: Line, verb: Verb) -> Target | None:
    """Stay in the conference to its end."""
    noun, call, rooms = verb.nested[0], line.call, line.network.conferences
    rooms.setdefault(noun.text, set()).add(call.sid)
    begun_s = line.network.pace.seconds()
    try:
        while call.sid in rooms.get(noun.text, set()):
            await call.news_by(None)
    except LineBrokenOffError as broken:
        _leave(line, noun)
        if verb.url("action") and broken.is_hang_up:
            call.afterwards.append((verb.url("action"), verb.get("method", "POST"), _fields(line, begun_s)))
        elif verb.url("action"):
            await line.ask_and_ignore(verb.url("action"), _fields(line, begun_s))
        raise
    if not verb.url("action"):
        return None
    fields = tuple(_fields(line, begun_s).items())
    return Target(url=verb.url("action"), method=verb.get("method", "POST").upper(), fields=fields)


def _leave(line: Line, noun: Verb) -> None:
    room = line.network.conferences.get(noun.text, set())
    room.discard(line.call.sid)
    if noun.is_set("endConferenceOnExit"):
        members = [line.network.calls[sid] for sid in room]
        room.clear()
        for member in members:
            member.poke()


def _fields(line: Line, begun_s: float) -> dict[str, str]:
    seconds = round(line.network.pace.seconds() - begun_s)
    return {"DialCallStatus": "answered", "DialCallDuration": str(seconds), "DialBridged": "true"}


async def enqueue(line: Line, verb: Verb) -> Target | None:
    """Wait in the queue: https://www.twilio.com/docs/voice/twiml/enqueue."""
    begun_s = line.network.pace.seconds()
    try:
        await line.call.rest(None)
    except LineBrokenOffError as broken:
        result = "hangup" if broken.is_hang_up else "redirected"
        fields = {"QueueResult": result, "QueueTime": str(round(line.network.pace.seconds() - begun_s))}
        if verb.url("action") and broken.is_hang_up:
            line.call.afterwards.append((verb.url("action"), verb.get("method", "POST"), fields))
        raise
    return None
