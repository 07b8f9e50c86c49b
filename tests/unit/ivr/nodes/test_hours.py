"""`hours`: a caller goes where the calendar leads."""

import pytest

from telephony.ivr.facts import CalendarState
from telephony.ivr.position import Seen
from tests.fakes.caller import Caller, flow_faults, nodes

FLOW = nodes(
    """
    ask: {type: menu, say: ready, keys: {1: hours}}
    hours: {type: hours, calendar: office, open: person, closed: shut, holiday: feast, emergency: strike}
    shut: {type: voicemail, mailbox: sales, say: closed, to: bye}
    feast: {type: voicemail, mailbox: sales, say: holiday, to: bye}
    strike: {type: voicemail, mailbox: sales, say: emergency, to: bye}
    """,
    start="ask",
)
PLAIN = nodes(
    """
    hours: {type: hours, calendar: office, open: person, closed: shut}
    shut: {type: voicemail, mailbox: sales, say: closed, to: bye}
    """,
    start="hours",
)


@pytest.mark.parametrize(
    ("state", "at"),
    [
        (CalendarState.OPEN, "person"),
        (CalendarState.CLOSED, "shut"),
        (CalendarState.HOLIDAY, "feast"),
        (CalendarState.EMERGENCY, "strike"),
    ],
)
def test_each_state_of_the_calendar_has_its_way(state: CalendarState, at: str) -> None:
    caller = Caller(FLOW).becomes(calendars={"office": state}).presses("1")
    assert caller.at == at
    assert ("hours", Seen.CHOSE, at, state.value) in caller.journal


def test_hours_are_those_of_the_moment_the_caller_comes_there() -> None:
    caller = Caller(FLOW, is_open=True)
    assert caller.becomes(calendars={"office": CalendarState.EMERGENCY}).presses("1").at == "strike"


def test_a_holiday_without_a_way_of_its_own_is_closed() -> None:
    caller = Caller(PLAIN, is_open=False)
    assert caller.hears == ["closed"]
    for state in (CalendarState.HOLIDAY, CalendarState.EMERGENCY):
        assert PLAIN.nodes["hours"].to[state] == "shut"  # type: ignore[attr-defined]


def test_a_calendar_that_nobody_knows_of_is_closed() -> None:
    assert Caller(FLOW).becomes(calendars={}).presses("1").at == "shut"


def test_an_unknown_calendar_is_refused_with_those_there_are() -> None:
    (told,) = flow_faults("""
        flow: test
        languages: [en]
        start: hours
        nodes:
          hours: {type: hours, calendar: offce, open: line, closed: line}
          line: {type: queue, queue: sales, otherwise: bye}
          bye: {type: hangup}
        """)
    assert "'offce' is unknown (did you mean 'office'?); known are office" in told
