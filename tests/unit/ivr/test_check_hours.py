"""At every minute of the year callers get somewhere."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from telephony.ivr.check import Around, Code, Finding, findings, review
from telephony.ivr.check.hours import CalendarYear, Spell, all_states
from telephony.ivr.facts import CalendarState
from telephony.ivr.loader import parse_flow
from telephony.ivr.yaml_tree import Faults
from tests.fakes.caller import ANY_TEXTS, KNOWN

NAMES = replace(KNOWN, calendars=frozenset({"office", "night"}))
OPEN, CLOSED, HOLIDAY, EMERGENCY = CalendarState
BEGINS = datetime(2026, 11, 22, 9, tzinfo=UTC)
HEAD = "flow: test\nlanguages: [en]\nstart: door\nno_keys: person\nnodes:\n"
PERSON = "  person: {type: queue, queue: sales, otherwise: bye}\n  bye: {type: hangup, outcome: unmet}\n"
DOOR = "  door: {type: hours, calendar: office, open: person, closed: bye}\n"


def year(*states: CalendarState, **other: object) -> CalendarYear:
    """Return a year of one day in each of these states."""
    moments = [BEGINS + timedelta(days=number) for number in range(len(states) + 1)]
    spells = zip(moments, moments[1:], states, strict=False)
    made = tuple(Spell(begins=begins, ends=ends, state=state) for begins, ends, state in spells)
    return CalendarYear(zone=UTC, spells=made, **other)  # type: ignore[arg-type]


def told(nodes: str, **years: CalendarYear) -> list[Finding]:
    faults = Faults()
    flow = parse_flow(HEAD + nodes + PERSON, "test.yaml", NAMES, ANY_TEXTS, faults)
    assert flow is not None, faults.told
    assert findings(flow) == ()
    return list(review(flow, Around(texts=ANY_TEXTS, years=years)))


def test_usual_hours_are_without_findings() -> None:
    assert told(DOOR, office=year(CLOSED, OPEN, CLOSED, HOLIDAY)) == []


def test_a_calendar_that_is_never_open_is_an_error_wherever_it_is_asked_for() -> None:
    nodes = "  door: {type: branch, when: [{if: '!open.office', to: bye}], else: more}\n" + DOOR.replace("door", "more")
    found = told(nodes, office=year(CLOSED, HOLIDAY, CLOSED))
    assert [(each.code, each.node, each.is_error) for each in found] == [
        (Code.NEVER_OPEN, "door", True),
        (Code.NEVER_OPEN, "more", True),
    ]


def test_a_calendar_that_is_always_open_is_a_warning() -> None:
    (found,) = told(DOOR, office=year(OPEN))
    assert (found.code, found.is_error) == (Code.ALWAYS_OPEN, False)


def test_a_list_of_holidays_that_ends_within_the_year_is_told() -> None:
    (found,) = told(DOOR, office=year(OPEN, CLOSED, listed_until=date(2026, 11, 23)))
    assert found.code is Code.HOLIDAYS_END
    assert "only until 2026-11-23" in found.text
    assert told(DOOR, office=year(OPEN, CLOSED, listed_until=date(2027, 1, 1))) == []


def test_hours_that_the_clock_leaps_over_are_told() -> None:
    (found,) = told(DOOR, office=year(OPEN, CLOSED, swallowed=(datetime(2027, 3, 28, 3),)))  # noqa: DTZ001
    assert found.code is Code.HOURS_SWALLOWED
    assert "03:00 on 2027-03-28" in found.text


TRAP = """\
  door: {type: hours, calendar: office, open: person, closed: sorry, holiday: bye, emergency: sorry}
  sorry: {type: menu, say: t, keys: {1: %s}, no_input: {to: message}, no_match: {to: message}}
  message: {type: voicemail, mailbox: sales, to: door}
"""


def traps(nodes: str, **years: CalendarYear) -> list[str]:
    found = told(nodes, **years)
    assert all(each.is_error for each in found if each.code is Code.NO_END_AT)
    return [each.text for each in found if each.code is Code.NO_END_AT]


def test_a_trap_that_only_closes_at_some_hours_is_found_with_when() -> None:
    (text,) = traps(TRAP % "door", office=year(OPEN, HOLIDAY, CLOSED))
    assert "door -> sorry -> message -> door" in text
    assert "while office is closed (as on 2026-11-24 at 09:00)" in text


def test_closing_by_hand_is_proved_too() -> None:
    (text,) = traps(TRAP % "door", office=year(OPEN, HOLIDAY))
    assert "office is emergency (closed by hand)" in text


def test_conditions_are_worked_out_for_each_combination_of_calendars() -> None:
    night = "  night: {type: branch, when: [{if: open.office || open.night, to: person}], else: door}\n"
    nodes = (TRAP % "night" + night).replace("emergency: sorry", "emergency: bye")
    (text,) = traps(nodes, office=year(OPEN, CLOSED), night=year(CLOSED, OPEN))
    assert "closed by hand" in text, "at every minute one of them is open, until somebody closes it"
    (text,) = traps(nodes, office=year(OPEN, CLOSED, CLOSED), night=year(CLOSED, OPEN, CLOSED))
    assert "night is closed, office is closed (as on 2026-11-24" in text


def test_a_condition_that_asks_for_more_than_the_hours_may_go_either_way() -> None:
    maybe = "  maybe: {type: branch, when: [{if: open.office || customer.known, to: person}], else: door}\n"
    assert traps(TRAP % "maybe" + maybe, office=year(CLOSED, OPEN)) == []


def test_a_calendar_whose_year_is_not_known_proves_nothing() -> None:
    assert told(TRAP % "door") == []


def test_every_combination_of_states_is_looked_at_once() -> None:
    years = {"a": year(OPEN, OPEN, CLOSED, OPEN), "b": year(CLOSED, OPEN, OPEN, CLOSED)}
    seen = [tuple(states.values()) for states, _ in all_states(years)]
    assert sorted(seen) == sorted(set(seen))
    assert set(seen) == {
        (OPEN, CLOSED),
        (OPEN, OPEN),
        (CLOSED, OPEN),
        *((EMERGENCY, state) for state in (OPEN, CLOSED)),
        *((state, EMERGENCY) for state in (OPEN, CLOSED)),
    }
