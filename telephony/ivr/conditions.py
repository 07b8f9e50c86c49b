"""Conditions of branches, in the Common Expression Language (cel.dev); names and types are checked at load."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cel_expr_python import cel
from cel_expr_python.ext import ext_optional

from telephony.ivr.facts import Facts

LONGEST = 500
"""Characters; a longer condition belongs into several cases, and a bound keeps evaluation short."""

_FIXED = {
    "customer.known": cel.Type.BOOL,
    "customer.name": cel.Type.STRING,
    "customer.language": cel.Type.STRING,
    "customer.facts": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
    "call.caller": cel.Type.STRING,
    "call.called": cel.Type.STRING,
    "call.withheld": cel.Type.BOOL,
}

_CEL_FAULT = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionFault:
    """What is wrong with a condition; `line` and `column` count from 1 within its own text."""

    line: int
    column: int
    text: str


class ConditionError(Exception):
    """A condition that cannot be used."""

    def __init__(self, faults: tuple[ConditionFault, ...]) -> None:
        super().__init__("; ".join(fault.text for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A checked condition."""

    source: str
    expression: cel.Expression

    def holds(self, values: Mapping[str, object]) -> bool:
        """Tell whether it holds; a condition that cannot be decided, as on a fact this customer lacks, does not."""
        try:
            result: object = self.expression.eval(data=values).value()
        except (RuntimeError, ValueError, TypeError):  # a stranger's bytes may not be text at all
            return False
        return result is True


class Vocabulary:
    """The names conditions of one flow may use, with their types."""

    def __init__(self, *, answers: Iterable[str], calendars: Iterable[str]) -> None:
        self._answers = {name: f"answers.{name}" for name in sorted(answers)}
        self._calendars = {name: f"open.{name}" for name in sorted(calendars)}
        self._names = dict(_FIXED)
        self._names |= dict.fromkeys(self._answers.values(), cel.Type.STRING)
        self._names |= dict.fromkeys(self._calendars.values(), cel.Type.BOOL)
        self._env = cel.NewEnv(variables=self._names, extensions=[ext_optional.ExtOptional()])

    def condition(self, source: str) -> Condition:
        """Return the condition written as `source`. Raises ConditionError with every fault found."""
        if len(source) > LONGEST:
            raise _fault(f"is {len(source)} characters long; at most {LONGEST} are allowed")
        try:
            expression = self._env.compile(source)
        except RuntimeError as refused:
            raise ConditionError(self._faults(str(refused))) from None
        if expression.return_type() != cel.Type.BOOL:
            raise _fault(
                f"must be true or false, but gives {expression.return_type().name()}; compare it with something"
            )
        return Condition(source=source, expression=expression)

    def values(self, facts: Facts, answers: Mapping[str, str]) -> Mapping[str, object]:
        """Return what the names stand for in this call; an answer not given yet is ''."""
        customer = facts.customer
        values: dict[str, object] = {
            "customer.known": customer is not None,
            "customer.name": customer.name if customer else "",
            "customer.language": (customer.language or "") if customer else "",
            "customer.facts": dict(customer.facts) if customer else {},
            "call.caller": facts.caller,
            "call.called": facts.called,
            "call.withheld": not facts.caller,
        }
        for name, variable in self._answers.items():
            values[variable] = answers.get(name, "")
        for name, variable in self._calendars.items():
            values[variable] = name in facts.open
        return values

    def _faults(self, refusal: str) -> tuple[ConditionFault, ...]:
        found = [
            ConditionFault(line=int(line), column=int(column), text=self._told(text))
            for line, column, text in _CEL_FAULT.findall(refusal)
        ]
        return tuple(found) or (ConditionFault(line=1, column=1, text="is not a condition"),)

    def _told(self, text: str) -> str:
        unknown = re.match(r"undeclared reference to '([^']*)'", text)
        if unknown:
            return f"unknown name '{unknown[1]}'; known are {', '.join(sorted(self._names))}"
        mismatch = re.match(r"found no matching overload for '_?([^'_]*)_?' applied to '\(([^']*)\)'", text)
        if mismatch:
            return f"'{mismatch[1]}' cannot be used with types {mismatch[2]}"
        return text.split(" expecting {", maxsplit=1)[0]


def _fault(text: str) -> ConditionError:
    return ConditionError((ConditionFault(line=1, column=1, text=text),))
