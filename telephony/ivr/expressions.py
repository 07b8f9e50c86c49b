"""Conditions and values of a flow, in the Common Expression Language (cel.dev); names and types are checked at load."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from types import MappingProxyType

from cel_expr_python import cel
from cel_expr_python.ext import ext_optional

from telephony.calls.model import QueueName
from telephony.ivr.facts import CalendarState, Facts, FactValue, QueueFacts
from telephony.ivr.facts_named import MOST_FACTS, facts_named, is_fact

LONGEST = 500
"""Characters; a longer condition belongs into several cases, and a bound keeps evaluation short."""

FACTS = "customer.facts"

_CEL_FAULT = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_DOT = re.compile(r"\s*\.\s*")
_WORD = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*")
_QUOTED = re.compile(r"\b[rR](?:\"[^\"]*\"|'[^']*')|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_MACRO = re.compile(r"\.\s*(all|exists|exists_one|existsOne|map|filter|optMap|optFlatMap|transform\w+)\s*\(")
MOST_MACROS = 2
"""Each goes over a list, or doubles a text: ten of them, one in the other, take a machine for ever."""
_MATCHES = re.compile(r"\bmatches\s*\(")
_MATCHES_TEXT = re.compile(r"\.\s*matches\s*\(\s*[rR]?[\"'](?P<pattern>[^{}\"']*)[\"']\s*\)")


class ValueType(StrEnum):
    """What a value is, as authors write it."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    FLAG = "flag"


CEL_TYPES: Mapping[ValueType, object] = MappingProxyType(
    {
        ValueType.TEXT: cel.Type.STRING,
        ValueType.WHOLE: cel.Type.INT,
        ValueType.NUMBER: cel.Type.DOUBLE,
        ValueType.FLAG: cel.Type.BOOL,
    }
)

NOTHING_YET: Mapping[ValueType, FactValue] = MappingProxyType(
    {ValueType.TEXT: "", ValueType.WHOLE: 0, ValueType.NUMBER: 0.0, ValueType.FLAG: False}
)
"""What an answer is before it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionFault:
    """What is wrong with an expression; `line` and `column` count from 1 within its own text."""

    line: int
    column: int
    text: str


class ExpressionError(Exception):
    """An expression that cannot be used."""

    def __init__(self, faults: tuple[ExpressionFault, ...]) -> None:
        super().__init__("; ".join(fault.text for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The call and the answers given so far, by their full names."""

    facts: Facts
    answers: Mapping[str, FactValue]


Getter = Callable[[Known, str], object]
"""Gives what a name stands for; the text is the scope that answers are looked up in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A checked expression. `answers` are the answers it reads, by their names in its own flow."""

    source: str
    compiled: cel.Expression
    getters: tuple[tuple[str, Getter], ...]
    answers: frozenset[str]

    def value(self, known: Known, scope: str) -> object:
        """Return its value; None when it cannot be worked out, as with a fact that this customer lacks."""
        try:
            result = self.compiled.eval(data={name: get(known, scope) for name, get in self.getters})
            # what cannot be worked out comes back as a value too: the library's words about it, as a text
            return None if result.type() == _ERROR else result.value()
        except (RuntimeError, ValueError, TypeError, OverflowError):  # a stranger's bytes may not be text at all
            return None

    def holds(self, known: Known, scope: str) -> bool:
        """Tell whether it holds; a condition that cannot be worked out does not."""
        return self.value(known, scope) is True


class Vocabulary:
    """The names that expressions of one flow may use, with their types.

    `answers` are what questions, lookups and parameters give, by the name used in expressions (`answers.pin`,
    `lookup.order.status`, `params.greeting`).
    """

    def __init__(
        self, *, answers: Mapping[str, ValueType], calendars: Iterable[str], queues: Iterable[str] = ()
    ) -> None:
        self._getters: dict[str, Getter] = dict(_FIXED_GETTERS)
        types: dict[str, object] = dict(_FIXED_TYPES)
        for calendar in calendars:
            self._getters[f"open.{calendar}"] = _is_open(calendar)
            types[f"open.{calendar}"] = cel.Type.BOOL
        for queue in queues:
            for field, (type_, read) in _QUEUE_FIELDS.items():
                self._getters[f"queue.{queue}.{field}"] = _of_queue(QueueName(queue), read)
                types[f"queue.{queue}.{field}"] = type_
        for name, value_type in answers.items():
            self._getters[name] = _answer(name, NOTHING_YET[value_type])
            types[name] = CEL_TYPES[value_type]
        self._answers = frozenset(answers)
        self._env = cel.NewEnv(variables=types, extensions=[ext_optional.ExtOptional()])
        self._compiled: dict[tuple[str, bool], Expression] = {}

    @property
    def names(self) -> Sequence[str]:
        """Every name, sorted."""
        return sorted(self._getters)

    def condition(self, source: str) -> Expression:
        """Return the condition written as `source`. Raises ExpressionError with every fault found."""
        return self._expression(source, condition=True)

    def value(self, source: str) -> Expression:
        """Return the expression of a text, a number or a flag. Raises ExpressionError with every fault found."""
        return self._expression(source, condition=False)

    def _expression(self, source: str, *, condition: bool) -> Expression:
        made = self._compiled.get((source, condition))
        if made is None:
            made = self._compiled[source, condition] = self._compile(source, condition=condition)
        return made

    def _compile(self, source: str, *, condition: bool) -> Expression:
        if len(source) > LONGEST:
            raise _fault(f"is {len(source)} characters long; at most {LONGEST} are allowed")
        _refuse_what_takes_long(source)
        try:
            compiled = self._env.compile(source)
        except (RuntimeError, TypeError) as refused:  # TypeError: half a character
            raise ExpressionError(self._faults(str(refused))) from None
        gives = compiled.return_type()
        if condition and gives != cel.Type.BOOL:
            raise _fault(f"must be true or false, but gives {gives.name()}; compare it with something")
        if not condition and gives.name() not in _SINGLE:
            raise _fault(f"must give a text, a number or true or false, but gives {gives.name()}")
        named = _names_in(source)
        used = [name for name in self._getters if name in named]
        return Expression(
            source=source,
            compiled=compiled,
            getters=tuple((name, _facts_for(source) if name == FACTS else self._getters[name]) for name in used),
            answers=frozenset(used) & self._answers,
        )

    def _faults(self, refusal: str) -> tuple[ExpressionFault, ...]:
        found = [
            ExpressionFault(line=int(line), column=int(column), text=self._told(text))
            for line, column, text in _CEL_FAULT.findall(refusal)
        ]
        if not found and "recursion" in refusal:
            return (ExpressionFault(line=1, column=1, text="is nested too deep; at most 32 deep is allowed"),)
        return tuple(found) or (ExpressionFault(line=1, column=1, text="is not a condition"),)

    def _told(self, text: str) -> str:
        unknown = re.match(r"undeclared reference to '([^']*)'", text)
        if unknown:
            return f"names '{unknown[1]}', which is unknown; known are {', '.join(self.names)}"
        mismatch = re.match(r"found no matching overload for '_?([^'_]*)_?' applied to '\(([^']*)\)'", text)
        if mismatch:
            hint = "; write a whole number as 100.0 beside a number" if "double, int" in mismatch[2] else ""
            return f"'{mismatch[1]}' cannot be used with types {mismatch[2]}{hint}"
        return text.split(" expecting {", maxsplit=1)[0]


def _facts_for(source: str) -> Getter:
    """Give of a stranger's record only what the expression names, and only what can be a fact."""
    named = facts_named(source)

    def read(known: Known, _: str) -> object:
        facts = known.facts.customer.facts if known.facts.customer else {}
        names = islice(facts, MOST_FACTS) if named is None else named
        return {name: facts[name] for name in names if name in facts and is_fact(facts[name])}

    return read


def _names_in(source: str) -> set[str]:
    """Return every dotted name and every beginning of one; what stands in quotes is no name."""
    found: set[str] = set()
    for word in _WORD.findall(_DOT.sub(".", _QUOTED.sub('""', source))):
        parts = word.split(".")
        found.update(".".join(parts[:end]) for end in range(1, len(parts) + 1))
    return found


def _refuse_what_takes_long(source: str) -> None:
    bare = _QUOTED.sub('""', source)
    if len(_MACRO.findall(bare)) > MOST_MACROS:
        raise _fault(f"uses all, exists, map, filter and their like more than {MOST_MACROS} times; write several cases")
    if len(_MATCHES.findall(bare)) > len(_MATCHES_TEXT.findall(source)):
        raise _fault("uses matches with something else than a quoted pattern without { }; write .matches('^[0-9]+$')")


def _fault(text: str) -> ExpressionError:
    return ExpressionError((ExpressionFault(line=1, column=1, text=text),))


def _is_open(calendar: str) -> Getter:
    return lambda known, _: known.facts.calendars.get(calendar) is CalendarState.OPEN


def _of_queue(queue: QueueName, read: Callable[[QueueFacts], object]) -> Getter:
    return lambda known, _: read(known.facts.queues.get(queue) or _NOBODY)


def _answer(name: str, nothing: FactValue) -> Getter:
    return lambda known, scope: known.answers.get(scope + name, nothing)


_NOBODY = QueueFacts()
_ERROR = cel.Type.ERROR
_SINGLE = frozenset({"STRING", "INT", "UINT", "DOUBLE", "BOOL", "DYN"})

_QUEUE_FIELDS: Mapping[str, tuple[object, Callable[[QueueFacts], object]]] = MappingProxyType(
    {
        "waiting": (cel.Type.INT, lambda queue: queue.waiting),
        "longest_wait_s": (cel.Type.INT, lambda queue: int(queue.longest_wait_s)),
        "agents_ready": (cel.Type.INT, lambda queue: queue.agents_ready),
        "agents_present": (cel.Type.INT, lambda queue: queue.agents_present),
    }
)

_FIXED: Mapping[str, tuple[object, Callable[[Facts], object]]] = MappingProxyType(
    {
        "customer.known": (cel.Type.BOOL, lambda facts: facts.customer is not None),
        "customer.name": (cel.Type.STRING, lambda facts: facts.customer.name if facts.customer else ""),
        "customer.language": (
            cel.Type.STRING,
            lambda facts: (facts.customer.language or "") if facts.customer else "",
        ),
        "customer.facts": (
            cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
            lambda facts: dict(facts.customer.facts) if facts.customer else {},
        ),
        "call.caller": (cel.Type.STRING, lambda facts: facts.caller),
        "call.called": (cel.Type.STRING, lambda facts: facts.called),
        "call.withheld": (cel.Type.BOOL, lambda facts: not facts.caller),
        "now.date": (cel.Type.STRING, lambda facts: facts.now.date().isoformat()),
        "now.time": (cel.Type.STRING, lambda facts: facts.now.strftime("%H:%M")),
        "now.hour": (cel.Type.INT, lambda facts: facts.now.hour),
        "now.weekday": (cel.Type.INT, lambda facts: facts.now.isoweekday()),
        "now.month": (cel.Type.INT, lambda facts: facts.now.month),
        "now.day": (cel.Type.INT, lambda facts: facts.now.day),
    }
)


def _of_facts(read: Callable[[Facts], object]) -> Getter:
    return lambda known, _: read(known.facts)


_FIXED_TYPES = {name: type_ for name, (type_, _) in _FIXED.items()}
_FIXED_GETTERS: dict[str, Getter] = {name: _of_facts(read) for name, (_, read) in _FIXED.items()}
