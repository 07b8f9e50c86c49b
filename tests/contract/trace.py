"""What happened on a caller's line, step by step, in words that are the same on every carrier."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from telephony.calls.commands import Answer, Ask, Batch, Command, HandOver, HangUp, Hold, Prompt, Record, Ring, Say
from telephony.calls.events import (
    CommandFailed,
    HoldEnded,
    Keys,
    LineEvent,
    LineLost,
    NoInput,
    Recorded,
    RingEnded,
    Said,
)
from telephony.ports import Line
from telephony.timeline.entry import PathStep

_NAME_OF_CALL = re.compile(r".*(-message-\d+)$")
_OUTSIDE = re.compile(r"(?:PJSIP/|tel:)(\+\d+)(?:@.*)?")


@dataclass(slots=True)
class Trace:
    """The story of one call."""

    lines: list[str] = field(default_factory=list)
    lost: bool = False

    def performs(self, batch: Batch) -> None:
        """Note what the line is asked to do. Holding depends on how long an agent needs, so it is left out."""
        self.lines += [told for command in batch.commands if (told := _asked(command))]

    def answers(self, event: LineEvent) -> None:
        """Note what the line answered."""
        if told := _answered(event):
            self.lines.append(f"  {told}")
        self.lost = self.lost or isinstance(event, LineLost)

    def steps(self, steps: list[PathStep]) -> None:
        """Note the journal of the call."""
        for step in steps:
            name = _NAME_OF_CALL.sub(r"MESSAGE\1", step.value)
            label = "" if step.event == "recorded" else step.label
            self.lines.append(f"at {step.node or '-'}: {step.kind} {step.event} {name} {label}".rstrip())


@dataclass(slots=True)
class TracedLine:
    """A carrier's line that tells the trace what it is asked."""

    line: Line
    trace: Trace
    perform_on: Callable[[Line, Batch], None]

    def perform(self, batch: Batch) -> None:
        """Note, and let the run perform."""
        self.trace.performs(batch)
        self.perform_on(self.line, batch)


def _asked(command: Command) -> str:
    match command:
        case Answer():
            return "answer"
        case Say():
            return f"say {_spoken(command.prompts)}"
        case Ask():
            ends = f" until {command.terminator}" if command.terminator else ""
            return f"ask {_spoken(command.prompts)} for {command.max_digits}{ends}"
        case Record():
            return f"record at most {command.max_s} s"
        case Ring():
            outside = _OUTSIDE.fullmatch(command.endpoint)
            return f"ring {outside[1] if outside else command.endpoint}"
        case Hold():
            return ""
        case HandOver():
            return "hand over"
        case HangUp():
            return "hang up"


def _answered(event: LineEvent) -> str:
    match event:
        case Said():
            return "said"
        case Keys():
            return f"keys {event.digits}"
        case NoInput():
            return "no input"
        case Recorded():
            return "recorded" if event.seconds > 0 else "recorded nothing"
        case RingEnded():
            return f"ring ended: {event.outcome.value}"
        case CommandFailed():
            return f"failed: {event.reason}"
        case LineLost():
            return "line lost"
        case HoldEnded():
            return ""


def _spoken(prompts: tuple[Prompt, ...]) -> str:
    return " ".join(f"{prompt.language}:{prompt.text_id}" for prompt in prompts) or "nothing"
