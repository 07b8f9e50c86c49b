"""New calls leave an Asterisk that is slow or full, and come back: real sockets, the rules, and who asks them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from telephony.calls.model import LegId
from telephony.carriers.asterisk.carrier import AsteriskCarrier
from telephony.journey.carriers import Carriers
from telephony.journey.overflow import Overflow
from telephony.parts import AtAsterisk
from telephony.ports import CarrierHealth, Dial, DialOutcome
from telephony.routing.overflow import OverflowRules
from tests.fakes.agi_client import AgiClient
from tests.fakes.ami_server import AmiServer
from tests.fakes.flows import flows
from tests.fakes.hand_line import FakeCarrier
from tests.fakes.house import FakeClock, open_house
from tests.unit.carriers.asterisk.house import RenderedPrompts, WritingTaker, quick
from tests.waiting import until

SLOW = OverflowRules(slow_ms=1000, back_after_s=60)
LATE_S = 1.3


class Cloud(FakeCarrier):
    """Places every call."""

    name = "twilio"

    def __init__(self) -> None:
        super().__init__()
        self.dialled: list[LegId] = []

    @property
    def health(self) -> CarrierHealth:
        return CarrierHealth(connected=True)

    async def dial(self, dial: Dial) -> DialOutcome:
        self.dialled.append(dial.leg_id)
        return DialOutcome.PLACED


@dataclass
class Both:
    """Asterisk, as far as it is a manager interface and AGI sessions, beside a cloud."""

    server: AmiServer
    pbx: AsteriskCarrier
    cloud: Cloud
    clock: FakeClock
    at_asterisk: AtAsterisk
    carriers: Carriers

    def takes_calls(self) -> bool:
        """Tell whether a caller of the cloud would be taken to Asterisk now."""
        return self.at_asterisk.takes_calls()

    async def places(self, leg: str) -> str:
        """Place a call; return on which carrier, and why there."""
        dial = Dial(leg_id=LegId(leg), endpoint="PJSIP/101", caller_id="1000", flow="info")
        placed = await self.carriers.place(dial)
        return f"{placed.carrier}: {placed.reason}"

    def caller(self, number: int) -> AgiClient:
        listening = self.pbx._agi._server
        assert listening is not None
        return AgiClient(listening.sockets[0].getsockname()[1], leg_id=f"1700000000.{number}")


@asynccontextmanager
async def both(rules: OverflowRules, **settings: object) -> AsyncIterator[Both]:
    async with open_house(flows()) as house, AmiServer() as server:
        clock, cloud = house.clock, Cloud()
        settings = {"ping_every_s": 0.05, **settings}
        async with AsteriskCarrier(quick(server.port, **settings), WritingTaker(), RenderedPrompts(), clock) as pbx:
            overflow = Overflow(rules, clock, prefer="asterisk")
            at_asterisk = AtAsterisk((pbx, cloud), overflow, house.switchboard, clock.now())  # type: ignore[arg-type]
            yield Both(server, pbx, cloud, clock, at_asterisk, Carriers((pbx, cloud), overflow))


async def test_a_slow_asterisk_gets_no_new_calls_until_it_has_been_swift_for_so_long() -> None:
    async with both(SLOW) as on:
        await until(lambda: on.pbx.health.answers_in_s is not None)
        assert await on.places("rs-1") == "asterisk: asterisk is preferred"
        on.server.late_s = {"Ping": LATE_S}
        await until(lambda: (on.pbx.health.answers_in_s or 0) >= LATE_S)
        assert not on.takes_calls()
        assert (await on.places("rs-2")).startswith("twilio: asterisk is slow (answered in 1.")
        on.server.late_s = {}
        await until(lambda: (on.pbx.health.answers_in_s or 0) < 1)
        on.clock.passes(59.9)
        assert not on.takes_calls()
        on.clock.passes(0.2)
        assert on.takes_calls()
        assert await on.places("rs-3") == "asterisk: asterisk is preferred"
        assert [one["ChannelId"] for one in on.server.sent("Originate")] == ["rs-1", "rs-3"]
        assert on.cloud.dialled == ["rs-2"]


async def test_it_is_measured_on_while_calls_go_elsewhere_and_trouble_that_lasts_keeps_them_there() -> None:
    async with both(SLOW) as on:
        on.server.late_s = {"Ping": LATE_S}
        await until(lambda: (on.pbx.health.answers_in_s or 0) >= LATE_S)
        assert not on.takes_calls()
        on.clock.passes(600)
        await until(lambda: on.pbx.health.asked_at == on.clock.now())
        assert not on.takes_calls()


async def test_an_asterisk_that_answers_no_ping_gets_no_new_calls_although_its_link_is_up() -> None:
    rules = OverflowRules(slow_ms=60_000, back_after_s=60)
    async with both(rules, action_limit_s=0.3) as on:
        await until(lambda: on.pbx.health.answers_in_s is not None)
        on.server.silent = {"Ping"}
        await until(lambda: on.pbx.health.failures >= 3)
        assert not on.takes_calls()
        assert on.pbx.health.connected
        assert on.pbx.health.reconnects == 0
        on.server.silent = set()
        await until(lambda: on.pbx.health.failures == 0)
        on.clock.passes(60.1)
        assert on.takes_calls()


async def test_callers_on_asterisks_lines_are_counted_and_at_full_at_the_next_goes_elsewhere() -> None:
    async with both(OverflowRules(full_at=2, back_after_s=60)) as on, AsyncExitStack() as callers:
        first = await callers.enter_async_context(on.caller(1))
        await until(lambda: on.pbx.health.live_lines == 1)
        assert on.takes_calls()
        await callers.enter_async_context(on.caller(2))
        await until(lambda: on.pbx.health.live_lines == 2)
        assert not on.takes_calls()
        assert await on.places("rs-1") == "twilio: asterisk is full (2 of 2 calls)"
        first.break_off()
        await until(lambda: on.pbx.health.live_lines == 1)
        assert not on.takes_calls()
        on.clock.passes(60.1)
        assert on.takes_calls()
