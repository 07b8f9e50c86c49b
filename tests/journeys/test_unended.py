"""A cloud's caller who leaves while nobody here hears it has one entry all the same, and it says nothing untrue."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from telephony.calls.costs import Cost, CostSource
from telephony.calls.model import CallId, CallRecord, Direction, Disposition, LedgerLeg, LegId, PartOf
from telephony.calls.tariffs import BETWEEN
from telephony.errors import CarrierRefusedError, CarrierUnavailableError
from telephony.journey import switchboard
from telephony.journey.unended import KIND, Asking, Unended
from telephony.timeline.entry import CallEntry, PathStep
from tests.fakes.dues import FakeDues
from tests.fakes.flows import flows
from tests.fakes.house import MARIA, NOON, House, open_house

FLOWS = flows()
CALL = CallId("CA" + "1" * 32)
EMMA, OURS = "+359888123456", "+35924000000"
BEGAN, MINUTE = NOON - timedelta(hours=1), timedelta(minutes=1)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def leg(leg_id: str, channel: str, *, from_s: float, talk_s: float = 0.0) -> LedgerLeg:
    answered = at(from_s) if talk_s else None
    return LedgerLeg(
        leg_id=LegId(leg_id), channel=channel, number="101", name="", started_at=at(from_s - 5), answered_at=answered,
        ended_at=at(from_s + talk_s), talk_s=talk_s,
    )  # fmt: skip


def record(*legs: LedgerLeg, lasted_s: float = 100, disposition: Disposition = Disposition.ABANDONED) -> CallRecord:
    talk_s = sum(each.talk_s for each in legs)
    return CallRecord(
        linkedid=CALL, direction=Direction.INBOUND, caller=EMMA, called=OURS, started_at=BEGAN,
        answered_at=next((each.answered_at for each in legs if each.talk_s), None), ended_at=at(lasted_s),
        talk_s=talk_s, disposition=Disposition.ANSWERED if talk_s else disposition, hung_up_by=None,
        legs=(leg(CALL, "", from_s=5, talk_s=talk_s), *legs),
    )  # fmt: skip


@dataclass
class PaperCloud:
    """Says what it is told to, the last for ever. Implements `ports.PastCalls`."""

    says: list[CallRecord | Exception | None]
    name: str = "twilio"
    asked: int = 0

    def names_a_call(self, call_id: CallId) -> bool:
        return call_id.startswith("CA")

    async def finished(self, call_id: CallId) -> CallRecord | None:
        self.asked += 1
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, Exception):
            raise said
        return said


@dataclass
class Story:
    house: House
    cloud: PaperCloud
    dues: FakeDues
    unended: Unended
    searched: list[tuple[datetime, datetime]] = field(default_factory=list)

    async def looks(self, times: int = 1, every: timedelta = MINUTE) -> None:
        for _ in range(times):
            await self.unended.look()
            await self.house.settles()
            self.house.clock.passes(every.total_seconds())

    async def begun_without_entry(self, since: datetime, until: datetime) -> Sequence[tuple[CallId, datetime]]:
        self.searched.append((since, until))
        steps = [each for each in self.house.timeline.steps if each.seq == 0 and since <= each.at < until]
        return [(each.call_id, each.at) for each in steps if each.call_id not in self.house.timeline.entries]

    @property
    def entry(self) -> CallEntry:
        (entry,) = self.house.timeline.entries.values()
        return entry


@asynccontextmanager
async def after_a_restart(*says: CallRecord | Exception | None, dues: FakeDues | None = None) -> AsyncIterator[Story]:
    """Have a server that finds in its journal a call that was in a menu and in the line before it was started."""
    async with open_house(FLOWS) as house:
        kept = dues or FakeDues()
        story = Story(house, PaperCloud(list(says)), kept, None)  # type: ignore[arg-type]
        story.unended = Unended(
            carriers=[story.cloud],
            books=house.books,
            journal=story,
            dues=kept,
            clock=house.clock,
            lives=lambda call_id: call_id in house.switchboard.calls,
            asking=Asking(),
        )
        lines = [("menu", "menu", "entered", ""), ("sales_line", "queue", "entered", "sales")]
        lines += [("sales", "agent", "rung", MARIA)]
        for seq, (node, kind, event, value) in enumerate(lines):
            house.timeline.add(
                PathStep(
                    call_id=CALL,
                    seq=seq,
                    at=at(seq * 10),
                    flow="main@1",
                    node=node,
                    kind=kind,
                    event=event,
                    value=value,
                )
            )
        yield story


async def test_who_hung_up_while_we_were_away_stands_in_the_timeline_with_their_way_and_their_wait() -> None:
    async with after_a_restart(record()) as story:
        await story.looks(3)
        entry = story.entry
        assert (entry.record.disposition, entry.record.caller) == (Disposition.ABANDONED, EMMA)
        assert (entry.record.started_at, entry.record.ended_at) == (BEGAN, at(100))
        assert (entry.queue, entry.wait_s, len(entry.path)) == ("sales", 90.0, 3)
        assert story.dues.ids(KIND) == []
        assert story.cloud.asked == 1


async def test_a_talk_that_went_on_without_us_is_told_with_who_talked() -> None:
    async with after_a_restart(record(leg("CA9", "PJSIP/101", from_s=40, talk_s=50))) as story:
        await story.looks(3)
        assert (story.entry.record.disposition, story.entry.record.talk_s) == (Disposition.ANSWERED, 50)
        assert story.entry.agents == (MARIA,)
        assert story.entry.wait_s == 30.0


async def test_a_voicemail_that_answered_before_is_no_talk() -> None:
    voicemail, maria = leg("CA8", "tel:+359888", from_s=22, talk_s=6), leg("CA9", "PJSIP/101", from_s=40, talk_s=50)
    for legs, ended in (((voicemail, maria), Disposition.ANSWERED), ((voicemail,), Disposition.ABANDONED)):
        async with after_a_restart(record(*legs)) as story:
            step = story.house.timeline.steps[-1]
            story.house.timeline.add(replace(step, seq=3, at=at(29), event="no_answer"))
            await story.looks(3)
            told = story.entry.record
            assert (told.disposition, told.talk_s) == (ended, sum(each.talk_s for each in legs[1:]))
            assert told.legs[1].answered_at is None


async def test_a_call_that_lives_is_asked_for_again_and_none_that_is_served_here() -> None:
    async with after_a_restart(None, None, record()) as story:
        await story.house.calls(CALL, carrier="twilio")
        await story.looks(3)
        assert story.cloud.asked == 0
        story.house.switchboard.calls.clear()
        await story.looks(40)
        assert story.cloud.asked == 3
        assert story.entry.record.ended_at == at(100)


async def test_a_call_that_another_server_has_just_ended_is_left_to_it() -> None:
    async with after_a_restart(record(lasted_s=3595)) as story:
        await story.looks(1, every=timedelta(seconds=21))
        assert story.house.timeline.entries == {}
        own = replace(record(lasted_s=3595), caller="as it knows")
        story.house.timeline.entries[CALL] = CallEntry(record=own, customer_id=None)
        await story.looks(2)
        assert (story.entry.record.caller, story.dues.ids(KIND)) == ("as it knows", [])


async def test_while_the_cloud_cannot_say_it_is_asked_again_and_nothing_is_guessed() -> None:
    async with after_a_restart(CarrierUnavailableError("away"), CarrierRefusedError("no such call"), record()) as story:
        await story.looks(2)
        assert story.house.timeline.entries == {}
        assert story.dues.ids(KIND) == [CALL]
        await story.looks(60)
        assert story.entry.record.ended_at == at(100)


async def test_after_a_day_the_entry_says_that_the_end_is_not_known() -> None:
    async with after_a_restart(CarrierRefusedError("no such call")) as story:
        await story.looks(150, every=10 * MINUTE)
        record = story.entry.record
        assert (record.started_at, record.ended_at, record.disposition) == (BEGAN, None, Disposition.UNKNOWN)
        assert story.entry.summary.endswith("how it ended is not known")
        assert (len(story.entry.path), story.dues.ids(KIND)) == (3, [])
        asked = story.cloud.asked
        assert 20 < asked < 160
        await story.looks(10, every=10 * MINUTE)
        assert story.cloud.asked == asked


async def test_a_call_that_nobody_followed_at_all_has_an_entry_when_it_is_told_to_be_over() -> None:
    async with after_a_restart(record()) as story:
        story.house.timeline.steps.clear()
        story.unended.owe(CALL)
        await story.looks(3)
        assert story.entry.record.caller == EMMA


async def test_what_was_searched_is_not_searched_again() -> None:
    async with after_a_restart(record()) as story:
        await story.looks(25)
        since = {until: since for since, until in reversed(story.searched)}  # portions go on from the last one's end
        assert list(since.values())[::-1] == [NOON - timedelta(days=7), NOON - 60 * MINUTE, NOON - 50 * MINUTE]


async def test_what_one_server_asks_for_no_other_does() -> None:
    dues = FakeDues()
    other = FakeDues(beside=dues)
    async with after_a_restart(None, dues=dues) as one, after_a_restart(record(), dues=other) as second:
        await one.looks(1)
        await second.looks(5)
        assert (one.cloud.asked, second.cloud.asked) == (1, 0)
        await dues.let_go(KIND)
        await second.looks(2)
        assert second.entry.record.ended_at == at(100)


def part_at_asterisk() -> CallRecord:
    wire = leg("1700.1", "PJSIP/cloud-1", from_s=5, talk_s=30)
    phone = leg("1700.2", "PJSIP/101-2", from_s=30, talk_s=30)
    return replace(
        record(phone), linkedid=CallId("1700.1"), legs=(wire, phone),
        part_of=PartOf(call_id=CALL, leg_id=LegId("1700.1")),
    )  # fmt: skip


@pytest.mark.parametrize("told", ["before they are back", "while they are back", "after they left", "never"])
async def test_a_caller_whom_asterisk_failed_over_our_restart_is_one_entry(
    monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setattr(switchboard, "LAST_LEG_LIMIT_S", 0.0)
    async with after_a_restart(record()) as story:
        house = story.house
        if told == "before they are back":
            house.switchboard.recorded(part_at_asterisk())
            await house.settles()
        back = await house.calls(CALL, carrier="twilio", again=True)
        await story.looks(2)
        if told == "while they are back":
            house.switchboard.recorded(part_at_asterisk())
            await house.settles()
        await back.hangs_up()
        if told == "after they left":
            house.switchboard.recorded(part_at_asterisk())
            await house.settles()
        await story.looks(3)
        assert story.entry.record.started_at == BEGAN
        assert (story.entry.record.ended_at or BEGAN) >= NOON
        assert story.entry.record.talk_s == (0 if told == "never" else 30)
        assert [step.seq for step in story.entry.path][:3] == [0, 1, 2]
        assert (story.cloud.asked, story.dues.ids(KIND)) == (0, [])


async def test_what_asterisk_had_of_the_call_comes_into_the_same_entry_whichever_is_first() -> None:
    part = part_at_asterisk()
    for first in (True, False):
        async with after_a_restart(record()) as story:
            if first:
                story.house.switchboard.recorded(part)
                await story.house.settles()
            await story.looks(3)
            if not first:
                story.house.switchboard.recorded(part)
                await story.house.settles()
            assert (story.entry.record.talk_s, story.entry.agents) == (30, (MARIA,))
            assert story.dues.ids(KIND) == []


async def test_a_call_whose_end_was_at_asterisk_costs_by_both_tables() -> None:
    asked: list[str] = []

    def cost_of(_record: CallRecord, carrier: str) -> Cost:
        asked.append(carrier)
        return Cost(amount=Decimal(1), currency="EUR", source=CostSource.TARIFF)

    async with after_a_restart(record()) as story:
        story.house.books.cost_of = cost_of
        part = replace(
            record(leg("1700.2", "PJSIP/101-2", from_s=30, talk_s=30)), linkedid=CallId("1700.1"),
            part_of=PartOf(call_id=CALL, leg_id=LegId("1700.1")),
        )  # fmt: skip
        story.house.switchboard.recorded(part)
        await story.house.settles()
        assert (asked, story.entry.record.cost is not None) == ([BETWEEN], True)
