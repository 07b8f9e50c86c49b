"""Of calls that are asked for at once the cloud starts so many a second."""

import pytest

from telephony.carriers.twilio.call_rate import CallRate


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_first_call_waits_for_nothing() -> None:
    assert CallRate(1.0, Seconds()).wait_s() == 0.0


@pytest.mark.parametrize(("a_second", "asked", "waits_s"), [(1.0, 1, 1.0), (1.0, 3, 3.0), (5.0, 1, 0.2), (0.5, 2, 4.0)])
def test_a_call_waits_for_all_that_were_asked_for_before(a_second: float, asked: int, waits_s: float) -> None:
    rate = CallRate(a_second, Seconds())
    for _ in range(asked):
        rate.note()
    assert rate.wait_s() == pytest.approx(waits_s)


def test_what_was_started_meanwhile_is_not_waited_for() -> None:
    time = Seconds()
    rate = CallRate(1.0, time)
    rate.note()
    rate.note()
    time.now += 1.5
    assert rate.wait_s() == pytest.approx(0.5)


def test_seconds_in_which_nothing_was_asked_for_are_not_saved_up() -> None:
    time = Seconds()
    rate = CallRate(1.0, time)
    rate.note()
    time.now += 60.0
    rate.note()
    assert rate.wait_s() == pytest.approx(1.0)
