"""What calls cost is asked for until the cloud says it, over restarts too."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from telephony.calls.commands import HangUp, Ring
from telephony.calls.costs import Cost, CostSource
from telephony.calls.model import AgentId, CallId
from telephony.carriers.twilio.bills import KIND, Asking, Bills
from telephony.carriers.twilio.refusals import RefusedError
from telephony.carriers.twilio.rest_answers import CallState, CallStatus
from telephony.errors import CarrierError, CarrierUnavailableError, StoreUnavailableError
from tests.fakes.dues import FakeDues
from tests.fakes.twilio import FarPhone
from tests.fakes.virtual_time import LoopClock, play
from tests.unit.carriers.twilio.dialling import WallClock
from tests.unit.carriers.twilio.whole import house
from tests.waiting import until

CALL = CallId("CA" + "1" * 32)
MARIA = "tel:+359888300400"


def usd(amount: str) -> Cost:
    return Cost(amount=Decimal(amount), currency="USD", source=CostSource.PROVIDER)


def leg(price: str | None, status: CallStatus = CallStatus.COMPLETED, currency: str = "USD") -> CallState:
    return CallState(
        sid=CALL,
        status=status,
        duration_s=30,
        price=None if price is None else Decimal(price),
        currency=currency,
        answered_at=None,
        ended_at=None,
        answered_by="",
    )


@dataclass
class PaperBiller:
    """Says what it is told to, the last for ever. Implements `bills.Biller`."""

    says: list[Sequence[CallState] | CarrierError]
    asked_at: list[float] = field(default_factory=list)

    async def bill(self, call_sid: str) -> Sequence[CallState]:
        self.asked_at.append(asyncio.get_running_loop().time())
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, CarrierError):
            raise said
        return said


@dataclass
class PaperCosts:
    """Implements `ports.Costs`."""

    kept: dict[CallId, Cost] = field(default_factory=dict)
    there: bool = True
    away: int = 0
    """How many times the database does not answer."""

    async def put(self, call_id: CallId, cost: Cost) -> bool:
        if self.away:
            self.away -= 1
            raise StoreUnavailableError("the database does not answer")
        if self.there:
            self.kept[call_id] = cost
        return self.there


async def keeps(bills: Bills, for_s: float) -> None:
    keeping = asyncio.create_task(bills.keep())
    await asyncio.sleep(for_s)
    keeping.cancel()
    await asyncio.wait({keeping})


def asks(
    *says: Sequence[CallState] | CarrierError, for_s: float = 90_000, costs: PaperCosts | None = None
) -> tuple[PaperBiller, PaperCosts, FakeDues]:
    """Let one call end, and so much time pass."""
    biller, kept, dues = PaperBiller(list(says)), costs or PaperCosts(), FakeDues()

    async def story() -> None:
        bills = Bills(biller, kept, dues, LoopClock(), Asking(gather_s=10))
        bills.owe(CALL)
        bills.owe(CALL)
        await keeps(bills, for_s)

    play(story())
    return biller, kept, dues


def test_the_prices_of_all_legs_are_one_cost() -> None:
    _, costs, dues = asks([leg("-0.0085"), leg("-0.014"), leg(None, CallStatus.BUSY)])
    assert costs.kept == {CALL: usd("0.0225")}
    assert dues.ids(KIND) == []


def test_a_price_that_is_not_known_yet_is_asked_for_again_with_growing_pauses() -> None:
    late = [leg("-0.0085"), leg(None)]
    biller, costs, _ = asks(late, late, late, late, [leg("-0.0085"), leg("-0.01")])
    assert costs.kept == {CALL: usd("0.0185")}
    pauses = [later - earlier for earlier, later in zip(biller.asked_at, biller.asked_at[1:], strict=False)]
    assert 50 <= biller.asked_at[0] <= 70
    assert len(pauses) == 4
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 400


def test_after_a_day_it_is_given_up_aloud(caplog: pytest.LogCaptureFixture) -> None:
    biller, costs, dues = asks([leg(None)], for_s=200_000)
    assert (costs.kept, dues.ids(KIND)) == ({}, [])
    assert 86_000 <= biller.asked_at[-1] <= 100_000
    assert len(biller.asked_at) < 30
    assert "named no price" in caplog.text


def test_a_call_that_nobody_answered_costs_nothing_and_is_known_to() -> None:
    _, costs, _ = asks([leg(None, CallStatus.NO_ANSWER)])
    assert costs.kept == {CALL: usd("0")}


def test_a_call_the_cloud_does_not_know_is_not_asked_for_again() -> None:
    biller, costs, dues = asks(RefusedError("gone", status=404, code=20404))
    assert (len(biller.asked_at), costs.kept, dues.ids(KIND)) == (1, {}, [])


def test_bad_days_of_cloud_and_database_are_waited_out() -> None:
    costs = PaperCosts(away=2)
    asks(CarrierUnavailableError("away"), RefusedError("often", status=429, code=20429), [leg("-1")], costs=costs)
    assert costs.kept == {CALL: usd("1")}


def test_a_call_that_is_not_in_the_timeline_yet_is_asked_for_again() -> None:
    biller, _, dues = asks([leg("-1")], for_s=1000, costs=PaperCosts(there=False))
    assert len(biller.asked_at) > 2
    assert dues.ids(KIND) == [CALL]


def test_different_currencies_are_not_added_up(caplog: pytest.LogCaptureFixture) -> None:
    _, costs, dues = asks([leg("-1"), leg("-1", currency="EUR")])
    assert (costs.kept, dues.ids(KIND)) == ({}, [])
    assert "cannot be told" in caplog.text


def test_after_a_restart_it_is_asked_for_what_was_owed() -> None:
    dues, costs = FakeDues(), PaperCosts()

    async def story() -> None:
        first = Bills(PaperBiller([[leg(None)]]), costs, dues, LoopClock(), Asking(gather_s=10))
        first.owe(CALL)
        await keeps(first, 300)
        assert dues.ids(KIND) == [CALL]
        dues.away = True
        second = Bills(PaperBiller([[leg("-2")]]), costs, dues, LoopClock(), Asking(gather_s=10))
        await keeps(second, 50)
        dues.away = False
        await keeps(second, 50)

    play(story())
    assert costs.kept == {CALL: usd("2")}
    assert dues.ids(KIND) == []


async def test_a_call_with_an_agent_is_billed_with_its_leg(tmp_path: Path) -> None:
    ended: list[CallId] = []
    async with house(tmp_path, clock=WallClock(), ended=ended.append) as at:
        at.twilio.phones["+359888300400"] = FarPhone(rings_after_s=1, answers_after_s=2, talks_s=5, presses="1")
        at.twilio.costs("-0.00850")
        ring = Ring(agent=AgentId("maria"), endpoint=MARIA)
        caller = await at.called({1: (ring,), 2: (HangUp(),)})
        await at.over(caller)
        assert ended == [caller.sid]
        costs = PaperCosts()
        asking = Asking(first_s=0.05, gather_s=0.01, patience=timedelta(hours=1))
        bills = Bills(at.rung, costs, FakeDues(), WallClock(), asking)
        bills.owe(ended[0])
        keeping = asyncio.create_task(bills.keep())
        await until(lambda: costs.kept)
        keeping.cancel()
        await asyncio.wait({keeping})
        assert costs.kept == {caller.sid: usd("0.017")}
