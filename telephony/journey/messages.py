"""Has callers' messages written down after the call, one at a time and never in a call's way."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from telephony.calls.model import AgentId
from telephony.errors import RingsideError
from telephony.ivr.replay.facts_kept import BEGUN, FACTS, KIND, read_kept
from telephony.ports import Timeline, Transcriber
from telephony.timeline.entry import CallEntry, PathStep
from telephony.timeline.measures import is_message, spoken_s

logger = logging.getLogger(__name__)

WRITTEN_BY = AgentId("message")
"""Under this name the text stands among the notes on the call."""
MOST_WAITING = 1000


@dataclass(slots=True, kw_only=True)
class Messages:
    """`entered` never blocks; `keep` is the task that has messages written down. A failure costs the text only."""

    transcriber: Transcriber
    timeline: Timeline
    language: str
    """Of callers who chose none and of whom none is known."""
    waiting: "asyncio.Queue[CallEntry]" = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    def entered(self, entry: CallEntry) -> None:
        """Take an entry that was written; one without a message is nothing to us."""
        if not any(_messages(entry)):
            return
        try:
            self.waiting.put_nowait(entry)
        except asyncio.QueueFull:
            told = {"action": "message_unwritten", "call_id": entry.record.linkedid, "error": "too many wait"}
            logger.warning("a message was not written down", extra=told)

    async def keep(self) -> None:
        """Write down what waits, for ever."""
        while True:
            await self._write_down(await self.waiting.get())

    async def _write_down(self, entry: CallEntry) -> None:
        call_id = entry.record.linkedid
        texts = []
        for file, language in _messages(entry):
            try:
                text = await self.transcriber.text_of(file, language or self.language)
            except RingsideError as error:
                told = {"action": "message_unwritten", "call_id": call_id, "error": str(error)}
                logger.warning("a message was not written down", extra=told)
            except Exception:  # the border of the program: a bug must not end the writing down of all others
                logger.exception("writing down broke", extra={"action": "message_unwritten", "call_id": call_id})
            else:
                texts += [f"Message: {text}"] if text else []
        if texts:
            self.timeline.note(call_id, WRITTEN_BY, "\n".join(texts))


def _messages(entry: CallEntry) -> Iterator[tuple[str, str]]:
    """Give each message's file below the recordings folder and its language; '' when none is known."""
    language = ""
    for step in entry.path:
        language = _chosen(step) or _known(step) or language
        if is_message(step) and spoken_s(step) > 0:
            yield from ((file, language) for file in entry.recordings if file.endswith(f"/{step.value}.wav"))


def _chosen(step: PathStep) -> str:
    if step.kind != "language":
        return ""
    return {"keys": step.label, "chose": step.value}.get(step.event, "")


def _known(step: PathStep) -> str:
    """Return the language of the customer's record, as the flow began; '' when there is none."""
    if (step.kind, step.event, step.label) != (KIND, FACTS, BEGUN):
        return ""
    kept = read_kept(step.value, step.at, step.call_id)
    customer = kept.facts.customer if kept else None
    return (customer.language if customer else None) or ""
