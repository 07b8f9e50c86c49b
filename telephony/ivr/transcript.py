"""Plays a flow on paper: a caller's keys in, what they hear and where they end out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from telephony.calls.commands import Answer, Ask, Batch, Command, HandOver, HangUp, Hold, Prompt, Record, Ring, Say
from telephony.calls.events import Keys, NoInput, Recorded, RingOutcome, Said
from telephony.ivr.engine import begin, step
from telephony.ivr.facts import Facts
from telephony.ivr.flow import Flow
from telephony.ivr.position import AgentLeft, CallAgent, EnterLine, FlowEvent, QueueLeft, QueueOutcome, Step
from telephony.ivr.texts import Texts

SILENCE = "-"
"""Among a caller's keys: presses nothing this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerOnPaper:
    """What a played caller does.

    `keys` answer the questions in turn, `SILENCE` among them; after the last comes silence.
    `nobody_answers` plays an evening on which no agent is there.
    """

    keys: tuple[str, ...] = ()
    nobody_answers: bool = False
    message_s: float = 4.0


def simulate(flow: Flow, texts: Texts, facts: Facts, caller: CallerOnPaper) -> tuple[str, ...]:
    """Return the transcript of a call, one line for each thing that happens; the last line tells where it ended."""
    return tuple(_lines(flow, texts, facts, caller))


def _lines(flow: Flow, texts: Texts, facts: Facts, caller: CallerOnPaper) -> Iterator[str]:
    keys = iter(caller.keys)
    taken = begin(flow, facts)
    event: FlowEvent | None
    while True:
        yield from _path(taken)
        if taken.batch is not None:
            yield from _heard(taken.batch, texts)
            event = _answer(taken.batch, keys, caller)
            if event is None:
                yield f"ends: {_last_word(taken.batch)}"
                return
            yield from _done(event)
        elif isinstance(taken.task, EnterLine):
            yield from _spoken(taken.task.prompts, texts)
            if not caller.nobody_answers:
                yield f"ends: in queue {taken.task.queue}"
                return
            yield f"waits: in queue {taken.task.queue}, nobody there"
            event = QueueLeft(turn=taken.position.turn, outcome=QueueOutcome.NO_AGENTS)
        elif isinstance(taken.task, CallAgent):
            if not caller.nobody_answers:
                yield f"ends: with agent {taken.task.agent}"
                return
            yield f"waits: for agent {taken.task.agent}, no answer"
            event = AgentLeft(turn=taken.position.turn, outcome=RingOutcome.NO_ANSWER)
        else:
            return
        taken = step(flow, taken.position, event, facts)


def _answer(batch: Batch, keys: Iterator[str], caller: CallerOnPaper) -> Keys | NoInput | Said | Recorded | None:
    last = batch.commands[-1]
    match last:
        case HangUp() | HandOver():
            return None
        case Ask():
            pressed = next(keys, SILENCE)
            return NoInput(turn=batch.turn) if pressed in ("", SILENCE) else Keys(turn=batch.turn, digits=pressed)
        case Record():
            return Recorded(turn=batch.turn, name=last.name, seconds=caller.message_s)
        case _:
            return Said(turn=batch.turn)


def _heard(batch: Batch, texts: Texts) -> Iterator[str]:
    for command in batch.commands:
        yield from _spoken(_prompts(command), texts)
        if isinstance(command, Record):
            yield "hears: a tone"


def _prompts(command: Command) -> tuple[Prompt, ...]:
    match command:
        case Say() | Ask() | Hold():
            return command.prompts
        case Answer() | Record() | Ring() | HandOver() | HangUp():
            return ()


def _spoken(prompts: Iterable[Prompt], texts: Texts) -> Iterator[str]:
    for prompt in prompts:
        text = texts.by_language.get(prompt.language, {}).get(prompt.text_id, "(no text)")
        yield f"hears: [{prompt.language}] {text}"


def _done(event: FlowEvent) -> Iterator[str]:
    match event:
        case Keys():
            yield f"presses: {event.digits}"
        case NoInput():
            yield "presses: nothing"
        case Recorded():
            yield f"speaks: {event.seconds:g} s"
        case _:
            return


def _path(taken: Step) -> Iterator[str]:
    for noted in taken.journal:
        detail = " ".join(part for part in (noted.value, f"({noted.label})" if noted.label else "") if part)
        yield f"  at {noted.node}: {noted.event.value} {detail}".rstrip()


def _last_word(batch: Batch) -> str:
    return "hung up" if isinstance(batch.commands[-1], HangUp) else "in the carrier's fallback"
