"""Calls that we place while a carrier has a bad day: none rings a person twice, none is lost that could be placed."""

import pytest

from telephony.calls.model import LegId
from telephony.errors import CarrierError, CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError
from telephony.journey.carriers import Carriers
from telephony.journey.overflow import Overflow
from telephony.ports import CarrierHealth, Dial, DialOutcome
from telephony.routing.overflow import OverflowRules
from tests.fakes.house import FakeCarrier
from tests.unit.carriers.asterisk.house import FixedClock

DIAL = Dial(leg_id=LegId("d1"), endpoint="tel:+359888100200", caller_id="", flow="main")


class Network(FakeCarrier):
    """Places calls, or fails as it is told."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.fails: CarrierError | None = None
        self.live = 0
        self.dialled: list[LegId] = []
        self.there: bool | CarrierError = False

    @property
    def health(self) -> CarrierHealth:
        return CarrierHealth(connected=not self.down, live_lines=self.live)

    async def dial(self, dial: Dial) -> DialOutcome:
        if self.fails is not None:
            raise self.fails
        self.dialled.append(dial.leg_id)
        return DialOutcome.PLACED

    async def was_placed(self, leg_id: LegId) -> bool:
        if isinstance(self.there, CarrierError):
            raise self.there
        return self.there


def two() -> tuple[Network, Network, Carriers]:
    pbx, cloud = Network("asterisk"), Network("twilio")
    overflow = Overflow(OverflowRules(full_at=2), FixedClock(), prefer="asterisk")
    return pbx, cloud, Carriers((pbx, cloud), overflow)


async def test_a_call_goes_to_the_preferred_carrier() -> None:
    pbx, cloud, both = two()
    placed = await both.place(DIAL)
    assert (placed.carrier, placed.reason) == ("asterisk", "asterisk is preferred")
    assert (pbx.dialled, cloud.dialled) == ([DIAL.leg_id], [])


async def test_while_it_is_full_calls_go_to_the_other() -> None:
    pbx, cloud, both = two()
    pbx.live = 2
    assert (await both.place(DIAL)).reason == "asterisk is full (2 of 2 calls)"
    assert cloud.dialled == [DIAL.leg_id]


async def test_where_nothing_was_sent_the_other_is_tried_at_once() -> None:
    pbx, cloud, both = two()
    pbx.fails = CarrierUnavailableError("no link; nothing was sent")
    placed = await both.place(DIAL)
    assert (placed.carrier, placed.reason) == ("twilio", "asterisk is not there: no link; nothing was sent")
    assert cloud.dialled == [DIAL.leg_id]


async def test_a_carrier_that_was_named_is_the_only_one_tried() -> None:
    pbx, cloud, both = two()
    pbx.fails = CarrierUnavailableError("no link")
    with pytest.raises(CarrierUnavailableError):
        await both.dial(DIAL, on="asterisk")
    assert cloud.dialled == []


async def test_a_refusal_is_not_taken_elsewhere() -> None:
    pbx, cloud, both = two()
    pbx.fails = CarrierRefusedError("no such number")
    with pytest.raises(CarrierRefusedError):
        await both.dial(DIAL)
    assert cloud.dialled == []


async def test_an_unknown_outcome_is_dialled_again_only_when_it_was_not_placed() -> None:
    pbx, cloud, both = two()
    pbx.fails, pbx.there = OutcomeUnknownError("sent, no answer"), OutcomeUnknownError("cannot tell")
    with pytest.raises(OutcomeUnknownError, match="sent"):
        await both.dial(DIAL)
    pbx.down = True
    for untold in (pbx.there, CarrierUnavailableError("cannot tell: no link")):
        pbx.there = untold
        with pytest.raises(OutcomeUnknownError, match="cannot tell"):
            await both.dial(DIAL)
    assert cloud.dialled == []
    pbx.there = False
    assert (await both.place(DIAL)).carrier == "twilio"
    assert cloud.dialled == [DIAL.leg_id]


async def test_what_was_placed_after_all_is_not_dialled_again() -> None:
    pbx, cloud, both = two()
    pbx.fails, pbx.there = OutcomeUnknownError("sent, no answer"), True
    with pytest.raises(OutcomeUnknownError):
        await both.dial(DIAL)
    pbx.fails, pbx.down = None, True
    assert (await both.place(DIAL)).reason == "it was placed there already"
    assert (pbx.dialled, cloud.dialled) == ([], [])


async def test_it_is_asked_where_the_call_was_placed() -> None:
    pbx, cloud, both = two()
    pbx.down, cloud.there = True, True
    await both.dial(DIAL)
    assert await both.was_placed(DIAL.leg_id)
