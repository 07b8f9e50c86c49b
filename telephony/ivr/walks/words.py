"""The words of walks: every step in plain English, read and written."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from telephony.ivr.facts import FactValue
from telephony.ivr.flow import Flow, texts_of
from telephony.ivr.nodes.lookup import Lookup
from telephony.ivr.nodes.people import External, Queue
from telephony.ivr.nodes.voicemail import Voicemail
from telephony.ivr.position import Answered
from telephony.ivr.reading import NAME, allowed, near
from telephony.ivr.texts import COMMON_TEXTS
from telephony.ivr.walks.acts import (
    Answers,
    Checks,
    HangsUp,
    LooksUp,
    Misses,
    Presses,
    Promises,
    Silent,
    Speaks,
)
from telephony.ivr.walks.script import Ends, EntersPin, Hears, IsAt, Passes, WalkStep

FORMS = (
    "hears TEXT_ID",
    'hears "some words"',
    "presses 1 2 3",
    "says nothing",
    "hangs up",
    "speaks 4 s",
    "looks up SOURCE: {field: value}",
    "lookup SOURCE finds nothing",
    "lookup SOURCE fails",
    "lookup SOURCE is late",
    "enters right pin",
    "enters wrong pin",
    "pin is not checked",
    "agent answers",
    "nobody answers",
    "callback is promised",
    "callback is not promised",
    "at NODE",
    "passes milestone NAME",
    "ends in queue QUEUE",
    "ends in voicemail QUEUE",
    "ends with agent AGENT",
    "ends with number +35921234567",
    "ends with outcome NAME",
    "ends hung up",
    "ends abandoned",
    "ends in the carrier's fallback",
)
"""Every step there is."""

_FIXED: Mapping[str, WalkStep] = {
    "says nothing": Silent(),
    "hangs up": HangsUp(),
    "agent answers": Answers(),
    "nobody answers": Misses(),
    "enters right pin": EntersPin(outcome=Answered.FOUND),
    "enters wrong pin": EntersPin(outcome=Answered.NOT_FOUND),
    "pin is not checked": EntersPin(outcome=Answered.FAILED),
    "callback is promised": Promises(kept=True),
    "callback is not promised": Promises(kept=False),
    "ends hung up": Ends(where="hung up"),
    "ends abandoned": Ends(where="abandoned"),
    "ends in the carrier's fallback": Ends(where="in the carrier's fallback"),
}
_FIXED_WORDS = {step: words for words, step in _FIXED.items() if not isinstance(step, LooksUp)}
_HEARS = re.compile(r"hears (?:(?P<id>[^\s\"']+)|[\"'](?P<words>.+)[\"'])")
_PRESSES = re.compile(r"presses ([0-9*#]{1,60}(?: [0-9*#]{1,60})*)")
_SPEAKS = re.compile(r"speaks (\d{1,4}(?:\.\d{1,3})?) ?s")
_LOOKS_UP = re.compile(r"looks up (\S+)")
_LOOKUP = re.compile(r"lookup (\S+) (finds nothing|fails|is late)")
_AT = re.compile(r"at (\S+)")
_PASSES = re.compile(r"passes (?:milestone )?(\S+)")
_ENDS = re.compile(r"ends (in queue|in voicemail|with agent|with number|with outcome) (\S+)")


class WordsError(Exception):
    """Words that are no step; the text says what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The names that walks of one flow may use."""

    nodes: frozenset[str]
    texts: frozenset[str]
    milestones: frozenset[str]
    sources: frozenset[str]
    ends: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By the words before the name, e.g. `in queue`; those that are not here are not checked."""


def known_in(flow: Flow) -> Known:
    """Return the names in a flow."""
    nodes = flow.nodes.values()
    return Known(
        nodes=frozenset(flow.nodes),
        texts=frozenset({*COMMON_TEXTS, *(text for node in nodes for text in texts_of(node))}),
        milestones=frozenset(node.milestone for node in nodes if node.milestone),
        sources=frozenset(node.source for node in nodes if isinstance(node, Lookup)),
        ends={
            "in queue": frozenset(str(node.queue) for node in nodes if isinstance(node, Queue)),
            "in voicemail": frozenset(str(node.mailbox) for node in nodes if isinstance(node, Voicemail)),
            "with number": frozenset(node.number for node in nodes if isinstance(node, External)),
            "with outcome": frozenset(node.outcome for node in nodes if node.outcome),
        },
    )


def read_step(words: str, values: Mapping[str, FactValue] | None, known: Known) -> tuple[WalkStep, ...]:
    """Return the steps that the words mean: several when several answers are pressed. Raises WordsError.

    `values` stand after a colon; only a lookup has them.
    """
    said = " ".join(words.split())
    if found := _LOOKS_UP.fullmatch(said):
        source = _name(found[1], known.sources, "source")
        return (LooksUp(source=source, outcome=Answered.FOUND, values=dict(values or {})),)
    if values is not None:
        raise WordsError(f"'{said[:80]}' takes no values; only 'looks up SOURCE: {{field: value}}' does")
    if said in _FIXED:
        return (_FIXED[said],)
    for pattern, read in _PATTERNS:
        if found := pattern.fullmatch(said):
            return tuple(read(found, known))
    first = said.split(" ")[0] if said else ""
    alike = [form for form in FORMS if form.split(" ")[0] == first]
    hint = "; a # or : needs quotes around the step" if first in ("presses", "hears") else ""
    raise WordsError(f"'{said[:80]}' is no step{near(said, FORMS)}; allowed are {', '.join(alike or FORMS)}{hint}")


def words_of(step: WalkStep) -> str:  # noqa: PLR0911  # one for each step
    """Return a step in words, as walks are written."""
    if not isinstance(step, LooksUp) and step in _FIXED_WORDS:
        return _FIXED_WORDS[step]
    match step:
        case Hears():
            return f"hears {step.text_id}" if step.text_id else f'hears "{step.words}"'
        case Presses():
            return f"presses {step.digits}"
        case Speaks():
            return f"speaks {step.seconds:g} s"
        case IsAt():
            return f"at {step.node}"
        case Passes():
            return f"passes milestone {step.milestone}"
        case Ends():
            return f"ends {step.where}"
        case LooksUp():
            return _lookup_words(step)
        case Checks():
            return words_of(EntersPin(outcome=step.outcome))
        case _:
            raise ValueError(step)  # every other step has fixed words


def _lookup_words(step: LooksUp) -> str:
    match step.outcome:
        case Answered.FOUND:
            values = ", ".join(
                f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in step.values.items()
            )
            return f"looks up {step.source}: {{{values}}}"
        case Answered.NOT_FOUND:
            return f"lookup {step.source} finds nothing"
        case Answered.FAILED:
            return f"lookup {step.source} {'is late' if step.late else 'fails'}"


def _hears(found: re.Match[str], known: Known) -> Sequence[WalkStep]:
    if found["words"]:
        return (Hears(words=found["words"]),)
    if found["id"] not in known.texts and NAME.fullmatch(found["id"]) is None:
        raise WordsError(f"'{found['id'][:80]}' is no text id; write words that are heard in quotes")
    return (Hears(text_id=_name(found["id"], known.texts, "text")),)


def _lookup(found: re.Match[str], known: Known) -> Sequence[WalkStep]:
    source = _name(found[1], known.sources, "source")
    outcome = Answered.NOT_FOUND if found[2] == "finds nothing" else Answered.FAILED
    return (LooksUp(source=source, outcome=outcome, late=found[2] == "is late"),)


def _ends(found: re.Match[str], known: Known) -> Sequence[WalkStep]:
    where, name = found[1], found[2]
    if where in known.ends:
        _name(name, known.ends[where], where.split(" ")[1])
    return (Ends(where=f"{where} {name}"),)


def _name(name: str, names: frozenset[str], what: str) -> str:
    if name not in names:
        raise WordsError(
            f"there is no {what} '{name[:80]}' in this flow{near(name, names)}; there are {allowed(names)}"
        )
    return name


_Read = Callable[[re.Match[str], Known], Sequence[WalkStep]]
_PATTERNS: Sequence[tuple[re.Pattern[str], _Read]] = (
    (_HEARS, _hears),
    (_PRESSES, lambda found, _: [Presses(digits=digits) for digits in found[1].split(" ")]),
    (_SPEAKS, lambda found, _: [Speaks(seconds=float(found[1]))]),
    (_LOOKUP, _lookup),
    (_AT, lambda found, known: [IsAt(node=_name(found[1], known.nodes, "node"))]),
    (_PASSES, lambda found, known: [Passes(milestone=_name(found[1], known.milestones, "milestone"))]),
    (_ENDS, _ends),
)
