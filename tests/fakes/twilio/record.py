"""<Record>: https://www.twilio.com/docs/voice/twiml/record.

An empty recording makes no request, and the document goes on: the same page, section `action`.
"""

from tests.fakes.twilio.call import LineBrokenOffError, Target
from tests.fakes.twilio.document import Verb
from tests.fakes.twilio.line import Line
from tests.fakes.twilio.recordings import Recording, news_of

ANY_KEY = "1234567890*#"
HANG_UP = "hangup"


async def record(line: Line, verb: Verb) -> Target | None:
    """Record the caller and tell where to go on; None, when nothing was said, goes on with the next verb."""
    if verb.get("playBeep", "true") == "true":
        await line.hear("beep", "beep", line.network.pace.beep_s)
    call, pace = line.call, line.network.pace
    recording = line.network.begin_recording(call, "RecordVerb")
    call.speech_until_s, call.recordings = None, call.recordings + 1
    begun_s = pace.seconds()
    try:
        with call.listening("Record"):
            key = await _until_its_end(line, verb, begun_s)
    except LineBrokenOffError as broken:
        if _keep(line, verb, recording, begun_s) and broken.is_hang_up:
            fields = _fields(line, recording, HANG_UP)
            call.afterwards.append((verb.url("action", verb.document_url), verb.get("method", "POST"), fields))
        raise
    if not _keep(line, verb, recording, begun_s):
        return None
    return Target(
        url=verb.url("action", verb.document_url),
        method=verb.get("method", "POST").upper(),
        fields=tuple(_fields(line, recording, key).items()),
    )


async def _until_its_end(line: Line, verb: Verb, begun_s: float) -> str:
    """Wait for silence, the longest time or a key; give the key."""
    silence_s, ends = float(verb.whole("timeout", 5)), verb.get("finishOnKey", ANY_KEY)
    last_s = begun_s + verb.whole("maxLength", 3600)
    pace, call = line.network.pace, line.call
    while True:
        quiet_since_s = begun_s if call.speech_until_s is None else call.speech_until_s
        ends_s = min(last_s, quiet_since_s + silence_s)
        if pace.seconds() >= ends_s:
            return ""
        key = await call.rest_until_heard(ends_s)
        if key is not None and key in ends:
            return key


def _keep(line: Line, verb: Verb, recording: Recording, begun_s: float) -> bool:
    """Keep what was said, without the silence at its end; False when nothing was."""
    spoken_until_s = line.call.speech_until_s
    if spoken_until_s is None:
        del line.network.recordings[recording.sid]
        return False
    now_s = line.network.pace.seconds()
    end_s = min(now_s, spoken_until_s) if verb.get("trim", "trim-silence") == "trim-silence" else now_s
    news = news_of(verb.attributes, verb.url("recordingStatusCallback"))
    line.network.end_recording(recording, min(max(end_s - begun_s, 0.1), verb.whole("maxLength", 3600)), news)
    return True


def _fields(line: Line, recording: Recording, key: str) -> dict[str, str]:
    fields = {
        "RecordingUrl": line.network.base_url + recording.path,
        "RecordingSid": recording.sid,
        "RecordingDuration": str(recording.whole_s),
    }
    return fields | ({"Digits": key} if key else {})
