"""<Dial><Conference>, as far as a caller who waits needs it.

A call in a conference stays until it hangs up, is moved by the REST API, or until somebody with endConferenceOnExit
leaves.
"""

from tests.fakes.twilio.call import LineBrokenOffError, Target
from tests.fakes.twilio.document import Verb
from tests.fakes.twilio.line import Line


async def confer(line: Line, verb: Verb) -> Target | None:
    """Stay in the conference to its end."""
    noun, call, rooms = verb.nested[0], line.call, line.network.conferences
    rooms.setdefault(noun.text, set()).add(call.sid)
    call.join()
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
