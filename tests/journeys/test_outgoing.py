"""Calls that Ringside places: whom they are with, how they ended and what they cost, as the timeline tells it."""

from decimal import Decimal

import pytest

from telephony.calls.costs import Cost, CostSource
from telephony.calls.events import CallFinished, CallOffered, LegAnswered, LegDialed, LegEnded, LineLost
from telephony.calls.model import CallId, CallRecord, Direction, Disposition, LegId
from telephony.ivr.flow import Flow
from telephony.timeline.entry import CallEntry
from tests.fakes.flows import flows
from tests.fakes.house import Caller, House, open_house

INFO: dict[str, Flow] = flows("""
flow: info
languages: [en]
start: ask
no_keys: people
nodes:
  ask: {type: menu, say: menu, keys: {1: {label: fine, to: bye}}}
  people: {type: queue, queue: sales, say: please_hold, otherwise: bye}
  bye: {type: hangup, say: bye}
""")
CALL, LEG = CallId("CA1"), LegId("attempt-1")
OURS, GEORGI = "+35924000000", "+359888123456"
PHONE = f"tel:{GEORGI}"


async def dials(house: House) -> None:
    house.switchboard.tell(
        LegDialed(
            call_id=CALL,
            leg_id=LEG,
            endpoint=PHONE,
            caller=OURS,
            caller_name="",
            called=GEORGI,
            from_endpoint="twilio/trunk",
            at=house.clock.now(),
            carrier="twilio",
            outgoing=True,
        )
    )
    await house.settles()


def offer(house: House) -> CallOffered:
    return CallOffered(
        call_id=CALL,
        leg_id=LEG,
        caller=OURS,
        caller_name="",
        called=GEORGI,
        flow="info",
        at=house.clock.now(),
        carrier="twilio",
        direction=Direction.OUTBOUND,
    )


async def ends(house: House, cause: int = 16) -> CallEntry:
    at = house.clock.now()
    house.switchboard.tell(LegEnded(call_id=CALL, leg_id=LEG, endpoint=PHONE, cause=cause, at=at))
    house.switchboard.answer(CALL, LineLost(at=at))
    house.switchboard.tell(CallFinished(call_id=CALL, at=at))
    await house.settles()
    (entry,) = house.timeline.entries.values()
    return entry


@pytest.mark.parametrize(
    ("cause", "disposition"),
    [
        (17, Disposition.BUSY),
        (19, Disposition.NO_ANSWER),
        (20, Disposition.FAILED),
        (16, Disposition.NO_ANSWER),
    ],
)
async def test_who_is_not_reached_is_in_the_timeline_with_the_reason(cause: int, disposition: Disposition) -> None:
    async with open_house(INFO) as house:
        await dials(house)
        house.clock.passes(20)
        record = (await ends(house, cause)).record
        assert (record.direction, record.caller, record.called) == (Direction.OUTBOUND, OURS, GEORGI)
        assert record.disposition is disposition
        assert [(leg.number, leg.answered_at) for leg in record.legs] == [(GEORGI, None)]


async def test_the_ledger_is_told_whom_we_called_where_asterisk_does_not_say() -> None:
    async with open_house(INFO) as house:
        await dials(house)
        person = Caller(house, CALL)
        house.offers[CALL] = offered = offer(house)
        house.switchboard.offer(offered, person.line)
        await house.settles()
        at = house.clock.now()
        house.switchboard.recorded(
            CallRecord(
                linkedid=CALL,
                direction=Direction.OUTBOUND,
                caller="",
                called="",
                started_at=at,
                answered_at=None,
                ended_at=at,
                talk_s=0.0,
                disposition=Disposition.SELF_SERVED,
                hung_up_by=None,
                legs=(),
            )
        )
        record = (await ends(house)).record
        assert record.called == GEORGI


async def test_who_answers_is_served_and_is_one_leg_of_one_call() -> None:
    async with open_house(INFO) as house:
        costing = Cost(amount=Decimal("0.15"), currency="EUR", source=CostSource.TARIFF)
        asked: list[tuple[CallId, str]] = []

        def cost_of(record: CallRecord, carrier: str) -> Cost:
            asked.append((record.linkedid, carrier))
            return costing

        house.books.cost_of = cost_of
        await dials(house)
        house.clock.passes(5)
        answered_at = house.clock.now()
        house.switchboard.tell(LegAnswered(call_id=CALL, leg_id=LEG, endpoint=PHONE, at=answered_at))
        person = Caller(house, CALL)
        house.offers[CALL] = offered = offer(house)
        house.switchboard.offer(offered, person.line)
        await house.settles()
        call = house.switchboard.calls[CALL]
        assert call.number is not None
        assert call.number.e164 == GEORGI
        house.clock.passes(10)
        await person.presses("1")
        assert person.ended_by_us
        record = (await ends(house)).record
        assert (record.direction, record.called) == (Direction.OUTBOUND, GEORGI)
        assert record.disposition is Disposition.SELF_SERVED
        assert record.talk_s == 0.0
        assert [(leg.leg_id, leg.number, leg.answered_at) for leg in record.legs] == [(LEG, GEORGI, answered_at)]
        assert record.cost == costing
        assert asked == [(CALL, "twilio")]
