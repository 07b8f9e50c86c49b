"""A transfer that is refused changes nothing, and one that crosses a hang-up leaves nobody behind."""

import pytest

from telephony.calls.events import RingOutcome
from telephony.calls.model import AgentId, CallId, LegId
from telephony.errors import CarrierRefusedError, OutcomeUnknownError
from telephony.journey.moves import Asker, MoveRefusedError, Refusal
from telephony.journey.sent import ToAgent
from telephony.routing.agents import AgentState
from tests.fakes.askers import OLGA, as_agent
from tests.fakes.house import ANNA, IVAN, MARIA, Caller, FakeCarrier, House
from tests.fakes.talks import marias_leg, talks_with_maria, transferred

AS_MARIA = as_agent(MARIA)

pytestmark = pytest.mark.usefixtures("last_legs_end_at_once")


@pytest.fixture
async def caller(house: House) -> Caller:
    return await talks_with_maria(house)


async def why_not(house: House, caller: Caller, to: AgentId = IVAN, by: Asker = AS_MARIA) -> Refusal:
    """Ask for the transfer to a colleague, and return why it is refused."""
    with pytest.raises(MoveRefusedError) as refused:
        await house.moves.transfer(by, caller.id, ToAgent(agent=to))
    return refused.value.kind


@pytest.mark.parametrize("agent", [IVAN, MARIA])
async def test_who_cannot_be_rung_now_is_refused_and_the_talk_goes_on(
    house: House, caller: Caller, agent: AgentId
) -> None:
    assert await why_not(house, caller, to=agent) is Refusal.NOT_NOW
    assert house.carrier.hung_up == []
    assert house.state(MARIA) is AgentState.ON_CALL


async def test_a_leg_that_cannot_be_hung_up_leaves_the_talk_as_it_is(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    house.carrier.refuses = CarrierRefusedError("no link")
    assert await why_not(house, caller) is Refusal.UNAVAILABLE
    house.clock.passes(3)
    await caller.agent_hangs_up(marias_leg(house, caller))
    assert caller.ended_by_us
    assert house.state(IVAN) is AgentState.READY


class TalkIsOver(FakeCarrier):
    """The talk ends by itself while it is asked to end it."""

    def __init__(self, caller: Caller) -> None:
        super().__init__()
        self.caller = caller

    async def hang_up(self, leg_id: LegId) -> None:
        await self.caller.agent_hangs_up(leg_id)
        raise CarrierRefusedError("no such channel")


class CallerLeaves(TalkIsOver):
    """The caller hangs up while it is asked to end the talk."""

    async def hang_up(self, leg_id: LegId) -> None:
        await self.caller.house.ended(self.caller.id, leg_id, "PJSIP/101")
        await self.caller.hangs_up()
        raise CarrierRefusedError("no such channel")


async def test_an_agent_who_hangs_up_as_they_transfer_has_transferred(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    house.moves.carrier = TalkIsOver(caller)
    await house.moves.transfer(AS_MARIA, caller.id, ToAgent(agent=IVAN))
    assert caller.is_rung_through == IVAN


async def test_that_the_talk_goes_on_is_not_said_of_a_caller_who_hung_up_meanwhile(
    house: House, caller: Caller
) -> None:
    house.ready(IVAN)
    house.moves.carrier = CallerLeaves(caller)
    with pytest.raises(MoveRefusedError, match="no such live call"):
        await house.moves.transfer(AS_MARIA, caller.id, ToAgent(agent=IVAN))
    assert house.state(IVAN) is AgentState.READY


async def test_an_agent_who_talks_with_another_caller_by_now_transfers_only_that_one(house: House) -> None:
    first = await talks_with_maria(house)
    await first.talk_ends(RingOutcome.ANSWERED)  # that her phone has ended is never heard
    house.floor.wrapped_up(MARIA)
    await talks_with_maria(house, "c2")
    house.ready(IVAN)
    assert await why_not(house, first) is Refusal.NOT_YOURS
    assert house.carrier.hung_up == []


@pytest.mark.parametrize(("after_s", "goes_on"), [(1, True), (60, False)])
async def test_a_hang_up_of_which_nothing_is_known_counts_when_the_talk_ends_at_once_and_not_later(
    house: House, caller: Caller, after_s: int, goes_on: bool
) -> None:
    house.ready(IVAN)
    house.carrier.refuses = OutcomeUnknownError("no answer")
    assert await why_not(house, caller) is Refusal.UNKNOWN_OUTCOME
    house.clock.passes(after_s)
    await caller.agent_hangs_up(marias_leg(house, caller))
    assert (caller.is_rung_through == IVAN) is goes_on


async def test_the_same_transfer_again_changes_nothing_and_another_is_refused(house: House, caller: Caller) -> None:
    house.ready(IVAN, ANNA)
    await house.moves.transfer(AS_MARIA, caller.id, ToAgent(agent=IVAN))
    await house.moves.transfer(AS_MARIA, caller.id, ToAgent(agent=IVAN))
    assert len(house.carrier.hung_up) == 1
    with pytest.raises(MoveRefusedError, match="being transferred already"):
        await house.moves.transfer(AS_MARIA, caller.id, ToAgent(agent=ANNA))
    await caller.agent_hangs_up(house.carrier.hung_up[-1])
    assert caller.is_rung_through == IVAN
    await house.moves.transfer(AS_MARIA, caller.id, ToAgent(agent=IVAN))
    assert len(house.carrier.hung_up) == 1


async def test_only_who_talks_with_the_caller_or_a_supervisor_transfers(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    assert await why_not(house, caller, by=as_agent(IVAN)) is Refusal.NOT_YOURS
    await transferred(house, caller, ToAgent(agent=IVAN), by=OLGA)
    await caller.phone_rings()
    assert str(house.screens.calls(IVAN)[-1]["why"]).startswith("transferred by Olga")


async def test_a_caller_who_hung_up_is_not_transferred(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    await house.ended(caller.id, marias_leg(house, caller), "PJSIP/101")
    await caller.hangs_up()
    assert await why_not(house, caller) is Refusal.UNKNOWN_CALL


async def test_a_caller_who_hangs_up_as_they_are_transferred_frees_everybody(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    await house.moves.transfer(AS_MARIA, caller.id, ToAgent(agent=IVAN))
    await house.ended(caller.id, house.carrier.hung_up[-1], "PJSIP/101")
    await caller.hangs_up()
    assert house.state(IVAN) is AgentState.READY
    assert house.timeline.entries[caller.id].agents == (MARIA,)


async def test_a_call_that_came_past_our_lines_is_transferred_on_the_phone(house: House) -> None:
    house.ready(MARIA, IVAN)
    await house.rings("d1", "d1-leg", "PJSIP/101", caller="+359888123456")
    await house.answered("d1", "d1-leg", "PJSIP/101")
    with pytest.raises(MoveRefusedError, match="past Ringside's lines"):
        await house.moves.transfer(AS_MARIA, CallId("d1"), ToAgent(agent=IVAN))
