"""<Enqueue>, <Dial><Queue> and <Leave>: https://www.twilio.com/docs/voice/twiml/enqueue and .../queue.

Who is in a queue hears the documents of its waitUrl, again and again. Who is taken out by <Dial><Queue> talks, and the
action of <Enqueue> is asked once both have parted; for who leaves otherwise it is asked at once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.fakes.twilio.call import Call, LineBrokenOffError, Target
from tests.fakes.twilio.document import Verb
from tests.fakes.twilio.line import CustomerFailedError, Line
from tests.fakes.twilio.recordings import news_of
from tests.fakes.twilio.schema import SCHEMA
from tests.fakes.twilio.sids import new_sid

WAIT_VERBS = frozenset({"Play", "Say", "Pause", "Hangup", "Redirect", "Leave", "Gather"})
"""What the document of a waitUrl may say."""
LONGEST_NAME = 64
_LEAST_S = 0.1
"""How soon a document that says nothing is asked for again."""

Perform = Callable[[Line, Verb], Awaitable[Target | None]]


class TakenError(LineBrokenOffError):
    """Somebody takes this call out of its queue."""


@dataclass(slots=True, kw_only=True, eq=False)
class Place:
    """A call in a queue, and whom it talks with once it was taken out."""

    call: Call
    begun_s: float
    taker: Call | None = None
    is_left: bool = False
    """The call went on elsewhere, or is over."""
    parted: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class CallQueue:
    """A queue of the account; it stays when it is empty, until it is deleted."""

    name: str
    sid: str = field(default_factory=lambda: new_sid("QU"))
    places: list[Place] = field(default_factory=list)


async def enqueue(line: Line, verb: Verb, perform: Perform) -> Target | None:
    """Wait in the queue, talk to whoever takes the call out of it, and tell where to go on."""
    network, call = line.network, line.call
    if len(verb.text) > LONGEST_NAME or not verb.text:
        network.fault(SCHEMA, f"<Enqueue> names a queue of {len(verb.text)} characters", call, verb.document_url)
    queue = network.queues.setdefault(verb.text, CallQueue(name=verb.text))
    place = Place(call=call, begun_s=network.pace.seconds())
    queue.places.append(place)
    network.news.set()
    try:
        result = await _until_out(line, verb, queue, place, perform)
    except LineBrokenOffError as broken:
        await _break_off(line, verb, queue, place, broken)
        raise
    finally:
        _leave(queue, place)
        place.is_left = True
        if place.taker is not None:
            place.taker.poke()
    if not verb.url("action"):
        return None
    fields = tuple(_fields(line, queue, place, result).items())
    return Target(url=verb.url("action"), method=verb.get("method", "POST").upper(), fields=fields)


async def _until_out(line: Line, verb: Verb, queue: CallQueue, place: Place, perform: Perform) -> str:
    try:
        return await _wait(line, verb, queue, place, perform)
    except TakenError as taken:
        line.call.go_on(taken)
    except CustomerFailedError as failed:
        line.network.fault(failed.code, str(failed), line.call, failed.url)
        return "error"
    _leave(queue, place)
    taker = place.taker
    with line.hearing("talk", taker.to if taker else ""):
        while not place.parted:
            await line.call.news_by(None)
    return "bridged"


async def _wait(line: Line, verb: Verb, queue: CallQueue, place: Place, perform: Perform) -> str:
    target: Target | None = None
    while True:
        if not verb.url("waitUrl"):
            await line.call.rest(None)
        target = target or Target(url=verb.url("waitUrl"), method=verb.get("waitUrlMethod", "POST").upper())
        begun_s = line.network.pace.seconds()
        document = await line.fetch(
            Target(url=target.url, method=target.method, fields=tuple(_place_fields(line, queue, place).items()))
        )
        target = None
        for one in document.verbs:
            if one.name not in WAIT_VERBS:
                line.network.fault(SCHEMA, f"<{one.name}> in the document of a waitUrl", line.call, one.document_url)
                return "error"
            if one.name == "Leave":
                return "leave"
            target = await perform(line, one)
            if target is not None:
                break
        await line.call.rest_until(begun_s + _LEAST_S)


async def _break_off(line: Line, verb: Verb, queue: CallQueue, place: Place, broken: LineBrokenOffError) -> None:
    """Ask the action of a call that hung up or was sent elsewhere; nothing comes of the answer."""
    _leave(queue, place)
    if place.taker is not None:
        result = "bridged" if broken.is_hang_up else "redirected-from-bridged"
    else:
        result = "hangup" if broken.is_hang_up else "redirected"
    action, method = verb.url("action"), verb.get("method", "POST").upper()
    fields = _fields(line, queue, place, result)
    if action and broken.is_hang_up:
        line.call.afterwards.append((action, method, fields))
    elif action:
        await line.ask_and_ignore(action, fields, method)


def _leave(queue: CallQueue, place: Place) -> None:
    if place in queue.places:
        queue.places.remove(place)


def _fields(line: Line, queue: CallQueue, place: Place, result: str) -> dict[str, str]:
    return {"QueueResult": result, "QueueSid": queue.sid, "QueueTime": str(_waited_s(line, place))}


def _place_fields(line: Line, queue: CallQueue, place: Place) -> dict[str, str]:
    return {
        "QueueSid": queue.sid,
        "QueuePosition": str(queue.places.index(place) + 1 if place in queue.places else 1),
        "QueueTime": str(_waited_s(line, place)),
        "AvgQueueTime": "0",
        "CurrentQueueSize": str(len(queue.places)),
        "MaxQueueSize": "1000",
    }


def _waited_s(line: Line, place: Place) -> int:
    return round(line.network.pace.seconds() - place.begun_s)


async def dequeue(line: Line, verb: Verb) -> Target | None:
    """Take the first call out of a queue and talk with it; an empty queue is waited at for the dial's timeout."""
    network = line.network
    begun_s = network.pace.seconds()
    queue = network.queues.get(verb.nested[0].text)
    place = None if queue is None else await _first(line, queue, begun_s + verb.whole("timeout", 30))
    talked_s = 0
    if place is not None:
        joined_s = network.pace.seconds()
        await _talk(line, verb, place)
        talked_s = round(network.pace.seconds() - joined_s)
    action = verb.url("action")
    if not action:
        return None
    status = "failed" if queue is None else "no-answer" if place is None else "completed"
    fields = {"DialCallStatus": status, "DialBridged": str(place is not None).lower()}
    if place is not None:
        fields |= {"DialCallSid": place.call.sid, "DialCallDuration": str(talked_s)}
    return Target(url=action, method=verb.get("method", "POST").upper(), fields=tuple(fields.items()))


async def _first(line: Line, queue: CallQueue, until_s: float) -> Place | None:
    while not queue.places:
        left_s = until_s - line.network.pace.seconds()
        if left_s <= 0:
            return None
        await line.call.news_by(line.network.pace.seconds() + min(left_s, _LEAST_S))
    place = queue.places.pop(0)
    place.taker = line.call
    place.call.interrupt_by(TakenError(Target()))
    return place


async def _talk(line: Line, verb: Verb, place: Place) -> None:
    network, call = line.network, line.call
    record = verb.get("record", "do-not-record")
    recording = None
    call.join(place.call)
    begun_s = network.pace.seconds()
    if record not in ("do-not-record", "false"):
        recording = network.begin_recording(call, "DialVerb", 2 if record.endswith("-dual") else 1)
    try:
        with line.hearing("talk", place.call.from_ or ""):
            while not place.is_left:
                await call.news_by(None)
    finally:
        place.parted = True
        place.call.poke()
        if recording is not None:
            news = news_of(verb.attributes, verb.url("recordingStatusCallback"))
            network.end_recording(recording, network.pace.seconds() - begun_s, news)
