"""Which carrier takes the next call, and when calls come back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from telephony.routing.overflow import CarrierState, Chosen, OverflowRules, choose
from telephony.routing.round_trips import RoundTrips

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES = OverflowRules(full_at=30, slow_ms=2000, back_after_s=60)
PBX, CLOUD = CarrierState(name="asterisk", limit=30), CarrierState(name="twilio")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def chosen(pbx: CarrierState, cloud: CarrierState = CLOUD, *, s: float = 0, before: Chosen | None = None) -> Chosen:
    return choose((pbx, cloud), RULES, at(s), before)


DOWN = replace(PBX, connected=False)
FULL = replace(PBX, live=30)
SLOW = replace(PBX, answers_in_s=2.5, asked_at=NOON)
GIVEN_UP = replace(PBX, answers_in_s=5.0, failures=1, asked_at=NOON)
SILENT = replace(PBX, answers_in_s=0.1, failures=3, asked_at=NOON)


def test_the_preferred_one_is_used_while_it_is_well() -> None:
    answer = chosen(replace(PBX, live=29, answers_in_s=2.0, failures=2, asked_at=NOON))
    assert (answer.carrier, answer.reason) == ("asterisk", "asterisk is preferred")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (DOWN, "asterisk is down"),
        (FULL, "asterisk is full (30 of 30 calls)"),
        (SLOW, "asterisk is slow (answered in 2.5 s)"),
        (GIVEN_UP, "asterisk is slow (no answer in 5.0 s)"),
        (SILENT, "asterisk did not answer 3 times in a row"),
        (replace(PBX, back_since=NOON), "asterisk was down a moment ago"),
    ],
)
def test_a_supervisor_is_told_why_calls_go_elsewhere(state: CarrierState, reason: str) -> None:
    answer = chosen(state)
    assert (answer.carrier, answer.reason) == ("twilio", reason)


@pytest.mark.parametrize("trouble", [DOWN, FULL, SLOW, SILENT])
def test_calls_come_back_when_all_has_been_well_for_so_long(trouble: CarrierState) -> None:
    away = chosen(trouble)
    assert chosen(PBX, s=59.9, before=away).carrier == "twilio"
    assert chosen(PBX, s=60, before=away).carrier == "asterisk"


def test_trouble_that_goes_on_keeps_calls_away() -> None:
    away = chosen(FULL, s=50, before=chosen(FULL))
    assert chosen(PBX, s=109, before=away).carrier == "twilio"


def test_a_link_that_came_back_is_given_time() -> None:
    back = replace(PBX, back_since=at(-30))
    assert [chosen(back).carrier, chosen(back, s=30).carrier] == ["twilio", "asterisk"]


def test_what_was_slow_long_ago_says_nothing_of_now() -> None:
    assert chosen(SLOW, s=61).carrier == "asterisk"


def test_who_lets_calls_come_back_at_once_still_spares_one_that_is_slow() -> None:
    rules = replace(RULES, back_after_s=0)
    away = choose((SLOW, CLOUD), rules, at(5))
    assert away.carrier == "twilio"
    assert choose((replace(SLOW, answers_in_s=0.1, asked_at=at(5)), CLOUD), rules, at(6), away).carrier == "asterisk"


def test_one_that_is_full_is_better_than_one_that_is_down() -> None:
    answer = chosen(FULL, replace(CLOUD, connected=False))
    assert answer.carrier == "asterisk"
    assert answer.reason == "twilio is down; asterisk is full (30 of 30 calls) too"


def test_with_nothing_up_the_preferred_one_is_named() -> None:
    answer = chosen(DOWN, replace(CLOUD, connected=False))
    assert (answer.carrier, answer.reason) == ("asterisk", "twilio is down; asterisk is down too")


def test_one_carrier_alone_takes_every_call() -> None:
    assert choose((FULL,), RULES, NOON).reason == "asterisk is full (30 of 30 calls)"


def test_a_refusal_is_an_answer_and_an_answer_ends_a_row_of_failures() -> None:
    trips = RoundTrips()
    for answered in (False, False, True, False):
        trips.note(0.25, NOON, answered=answered)
    assert (trips.failures, trips.last_s, trips.at) == (1, 0.25, NOON)


moments = some.lists(
    some.tuples(some.floats(0, 90), some.tuples(some.booleans(), some.booleans(), some.booleans()), some.booleans()),
    max_size=30,
)


@given(moments)
def test_nobody_goes_to_and_fro(moments: list[tuple[float, tuple[bool, bool, bool], bool]]) -> None:
    """Back to a carrier within the time goes only who must: the other is down."""
    now_s, before = 0.0, None
    ill_at: dict[str, float] = {}
    for passes_s, (pbx_up, full, slow), cloud_up in moments:
        now_s += passes_s
        pbx = replace(PBX, connected=pbx_up, live=30 * full)
        pbx = replace(pbx, answers_in_s=9.0, asked_at=at(now_s)) if slow else pbx
        answer = chosen(pbx, replace(CLOUD, connected=cloud_up), s=now_s, before=before)
        for name, ill in (("asterisk", not pbx_up or full or slow), ("twilio", not cloud_up)):
            if ill:
                ill_at[name] = now_s
        if before is not None and before.carrier != answer.carrier:
            other_is_up = {"asterisk": pbx_up, "twilio": cloud_up}[before.carrier]
            assert not other_is_up or now_s - ill_at.get(answer.carrier, -60) >= 60 - 1e-3
        before = answer


@given(moments)
def test_one_that_is_down_is_never_chosen_while_another_is_up(
    moments: list[tuple[float, tuple[bool, bool, bool], bool]],
) -> None:
    now_s, before = 0.0, None
    for passes_s, (pbx_up, full, _), cloud_up in moments:
        now_s += passes_s
        pbx = replace(PBX, connected=pbx_up, live=30 * full)
        before = chosen(pbx, replace(CLOUD, connected=cloud_up), s=now_s, before=before)
        if pbx_up or cloud_up:
            assert {"asterisk": pbx_up, "twilio": cloud_up}[before.carrier]
