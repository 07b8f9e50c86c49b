"""Proposes facts under which a condition may hold, by the values that are written in it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations, islice, product

from telephony.calls.model import QueueName
from telephony.ivr.expressions import Expression
from telephony.ivr.facts import CalendarState, CustomerFacts, Facts, FactValue, QueueFacts
from telephony.ivr.facts_named import FACT, FACT_IN
from telephony.ivr.flow import Node, Read

Change = Callable[[Facts], Facts]

MOST_TRIED = 600
"""Combinations of facts that are tried for one condition."""

_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")


_E164 = re.compile(r"\+[1-9]\d{5,14}")


def literals(source: str) -> tuple[list[str], list[FactValue]]:
    """Return the texts and the numbers written in an expression."""
    texts = [double or single for double, single in _QUOTED.findall(source)]
    numbers: list[FactValue] = [float(n) if "." in n else int(n) for n in _NUMBER.findall(_QUOTED.sub("''", source))]
    return list(dict.fromkeys(texts)), list(dict.fromkeys(numbers))


def values_near(sources: Iterable[str]) -> list[FactValue]:
    """Return the values written in expressions, the numbers beside them, and true, false and another text."""
    found: list[FactValue] = []
    for source in sources:
        texts, numbers = literals(source)
        found += texts
        for number in numbers:
            if isinstance(number, int | float):
                found += [number, number + 1, number - 1]
    return _each_once([*found, True, False, "another"])


def answers_behind(nodes: Iterable[Node]) -> Mapping[str, tuple[Read, ...]]:
    """Return what each answer is worked out from, by its full name."""
    behind: dict[str, tuple[Read, ...]] = {}
    for node in nodes:
        for read in node.reads():
            if read.into:
                behind[read.into] = (*behind.get(read.into, ()), read)
    return behind


def supposed(facts: Facts, expressions: Sequence[Expression], *, pooled: bool = False) -> Iterator[Facts]:
    """Give facts that differ in what the expressions read, those with the fewest changes first.

    `pooled` when what one of them compares with may be compared with what another reads.
    """
    changes = list(_changes(expressions, pooled=pooled))
    tried = (combined for size in range(1, len(changes) + 1) for combined in combinations(changes, size))
    rows = (row for chosen in tried for row in product(*chosen))
    for row in islice(rows, MOST_TRIED):
        made = facts
        for change in row:
            made = change(made)
        yield made


def _changes(expressions: Sequence[Expression], *, pooled: bool) -> Iterator[list[Change]]:
    """Give, for each name that is read, the values it may have."""
    names = list(dict.fromkeys(name for expression in expressions for name, _ in expression.getters))
    for name in names:
        sources = [each.source for each in expressions if pooled or name in dict(each.getters)]
        if name == "customer.facts":
            yield from _fact_changes(sources, pooled=pooled)
            continue
        moments = _moments(name, sources) if name.startswith("now.") else ()
        changes = [*map(_at, moments), *_changes_of(name, sources)]
        if changes:
            yield changes


def _changes_of(name: str, sources: Sequence[str]) -> Iterator[Change]:
    texts = [text for source in sources for text in literals(source)[0]]
    first, _, rest = name.partition(".")
    match first, rest:
        case "open", _:
            yield from (_calendar(rest, state) for state in (CalendarState.OPEN, CalendarState.CLOSED))
        case "queue", _:
            yield from _queue_changes(rest, sources)
        case "customer", "known":
            yield from (lambda facts: replace(facts, customer=facts.customer or CustomerFacts()), _stranger)
        case "customer", "name":
            yield from (_customer(name=text) for text in texts)
        case "customer", "language":
            yield from (_customer(language=text) for text in texts)
            yield _stranger
        case "call", "caller":
            yield from (_caller(number) for text in texts if (number := _full(text)))
            yield _caller("")
        case "call", "called":
            yield from (_called(text) for text in texts)
            yield from (_called(f"{text}00") for text in texts)
        case "call", "withheld":
            yield from (_caller(""), _caller("+447700900104"))


def _fact_changes(sources: Sequence[str], *, pooled: bool) -> Iterator[list[Change]]:
    keys: dict[str, list[str]] = {}
    for source in sources:
        for key in (*(a or b for a, b in FACT.findall(source)), *FACT_IN.findall(source)):
            keys.setdefault(key, []).append(source)
    for key, those in keys.items():
        yield [_fact(key, value) for value in values_near(sources if pooled else those) if value != key]


def _queue_changes(name: str, sources: Sequence[str]) -> Iterator[Change]:
    queue, _, field = name.partition(".")
    numbers = [n for source in sources for n in literals(source)[1] if isinstance(n, int)]
    for number in _each_once([0, *(near for n in numbers for near in (n, n + 1, max(0, n - 1)))]):
        if isinstance(number, int):
            yield _queue(QueueName(queue), field, number)


def _moments(name: str, sources: Sequence[str]) -> Iterator[Callable[[datetime], datetime]]:
    """Give changes of the time, half an hour away from what is written, so that a long walk stays on its side."""
    for source in sources:
        texts, numbers = literals(source)
        for text in texts:
            yield from _moments_of_text(name, text)
        for number in numbers:
            if isinstance(number, int):
                yield from (_moment_of(name, near) for near in (number, number - 1, number + 1))


def _moments_of_text(name: str, text: str) -> Iterator[Callable[[datetime], datetime]]:
    try:
        written = datetime.fromisoformat(text if name == "now.date" else f"2000-01-01T{text}")
    except ValueError:
        return
    if name == "now.date":
        yield from (_on(written + timedelta(days=days)) for days in (0, -1, 1))
    else:
        yield from (_clock(written + timedelta(minutes=minutes)) for minutes in (0, -30, 30))


def _moment_of(name: str, number: int) -> Callable[[datetime], datetime]:
    def moved(now: datetime) -> datetime:
        try:
            match name:
                case "now.hour":
                    return now.replace(hour=number % 24, minute=30)
                case "now.weekday":
                    return now + timedelta(days=number - now.isoweekday())
                case "now.month":
                    return now.replace(month=(number - 1) % 12 + 1)
                case "now.day":
                    return now.replace(day=(number - 1) % 28 + 1)
        except ValueError:  # there is no such day in this month
            pass
        return now

    return moved


def _at(moved: Callable[[datetime], datetime]) -> Change:
    return lambda facts: replace(facts, now=moved(facts.now))


def _on(day: datetime) -> Callable[[datetime], datetime]:
    return lambda now: now.replace(year=day.year, month=day.month, day=day.day)


def _clock(at: datetime) -> Callable[[datetime], datetime]:
    return lambda now: now.replace(hour=at.hour, minute=at.minute)


def _calendar(name: str, state: CalendarState) -> Change:
    return lambda facts: replace(facts, calendars={**facts.calendars, name: state})


def _queue(name: QueueName, field: str, number: int) -> Change:
    def change(facts: Facts) -> Facts:
        was = facts.queues.get(name, QueueFacts())
        match field:
            case "waiting":
                now = replace(was, waiting=number)
            case "longest_wait_s":
                now = replace(was, longest_wait_s=float(number), waiting=max(was.waiting, 1))
            case "agents_ready":
                now = replace(was, agents_ready=number, agents_present=max(was.agents_present, number))
            case _:
                now = replace(was, agents_present=number, agents_ready=min(was.agents_ready, number))
        return replace(facts, queues={**facts.queues, name: now})

    return change


def _customer(*, name: str | None = None, language: str | None = None) -> Change:
    def change(facts: Facts) -> Facts:
        was = facts.customer or CustomerFacts()
        return replace(facts, customer=replace(was, name=name or was.name, language=language or was.language))

    return change


def _fact(key: str, value: FactValue) -> Change:
    def change(facts: Facts) -> Facts:
        was = facts.customer or CustomerFacts()
        return replace(facts, customer=replace(was, facts={**was.facts, key: value}))

    return change


def _stranger(facts: Facts) -> Facts:
    return replace(facts, customer=None)


def _caller(number: str) -> Change:
    return lambda facts: replace(facts, caller=number)


def _called(number: str) -> Change:
    return lambda facts: replace(facts, called=number)


def _full(text: str) -> str:
    """Return a full number that is or begins as written; '' when there is none."""
    if _E164.fullmatch(text):
        return text
    longer = text + "7700900104"
    return longer[:16] if _E164.fullmatch(longer[:16]) else ""


def _each_once(values: Iterable[FactValue]) -> list[FactValue]:
    """Return values without repeats; 1 and true are two."""
    return list({(type(value), value): value for value in values}.values())
