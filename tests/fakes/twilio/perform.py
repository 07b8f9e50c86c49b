"""Executes documents, verb by verb, until the call is over: https://www.twilio.com/docs/voice/twiml."""

from tests.fakes.twilio.call import LineBrokenOffError, Target
from tests.fakes.twilio.dial import dial
from tests.fakes.twilio.document import Document, Verb
from tests.fakes.twilio.gather import gather, sounds
from tests.fakes.twilio.line import CustomerFailedError, Line
from tests.fakes.twilio.queue import enqueue
from tests.fakes.twilio.record import record
from tests.fakes.twilio.schema import SCHEMA, VERBS

MOST_DOCUMENTS = 2000
"""A call that asks for more goes round in a circle."""


async def follow(line: Line, target: Target | None) -> None:
    """Execute a document and all it leads to, to the last verb. Raises LineBrokenOffError when the call ends before."""
    documents = 0
    while target is not None:
        documents += 1
        if documents > MOST_DOCUMENTS:
            line.network.fault(SCHEMA, f"more than {MOST_DOCUMENTS} documents in one call", line.call, target.url)
            raise LineBrokenOffError(None)
        try:
            target = await _perform(line, await line.fetch(target))
        except CustomerFailedError as failed:
            target = await line.fall_back(failed)


async def _perform(line: Line, document: Document) -> Target | None:
    for verb in document.verbs:
        if verb.name not in VERBS:
            continue
        line.call.doing = verb.name
        line.call.poke()
        target = await _verb(line, verb)
        line.call.doing = ""
        if target is not None:
            return target
    line.network.answer(line.call)
    return None


async def _verb(line: Line, verb: Verb) -> Target | None:
    """Perform one verb.

    Whatever is not Reject answers the call (https://www.twilio.com/docs/voice/twiml/reject), except that a Pause at the
    beginning is waited before (https://www.twilio.com/docs/voice/twiml/pause), Redirect does nothing by itself, and
    Dial with answerOnBridge waits for the other side.
    """
    match verb.name:
        case "Redirect":
            return Target(url=verb.url_of_text, method=verb.get("method", "POST").upper())
        case "Reject":
            _reject(line, verb)
        case "Dial":
            return await dial(line, verb)
        case "Pause":
            await sounds(line, verb)
            line.network.answer(line.call)
            return None
    line.network.answer(line.call)
    match verb.name:
        case "Play" | "Say":
            await sounds(line, verb)
        case "Gather":
            return await gather(line, verb)
        case "Record":
            return await record(line, verb)
        case "Enqueue":
            return await enqueue(line, verb, _verb)
        case "Hangup":
            raise LineBrokenOffError(None)
    return None


def _reject(line: Line, verb: Verb) -> None:
    if line.call.is_answered:
        line.network.fault(SCHEMA, "<Reject> comes too late: the call is answered", line.call, verb.document_url)
        raise LineBrokenOffError(None)
    raise LineBrokenOffError(None, "busy" if verb.get("reason") == "busy" else "no-answer")
