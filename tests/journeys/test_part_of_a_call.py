"""A caller of the cloud is taken by an agent at an Asterisk extension: one call, one pop, one entry."""

from dataclasses import replace
from datetime import timedelta

import pytest

from telephony.calls.events import CarrierUp, LegAnswered, LegDialed, LegEnded, LegRinging
from telephony.calls.model import CallId, CallRecord, Disposition, LegId
from telephony.routing.agents import AgentState
from tests.fakes.cel import FakeArchive
from tests.fakes.flows import flows
from tests.fakes.house import IVAN, MARIA, NOON, Caller, House, open_house
from tests.unit.calls.cel_rows import START
from tests.unit.calls.test_ledger_parts import CLOUDS, rows_of_part

FLOWS = flows()
PART, PHONE = "1700000000.1", "1700000000.19"
CLOUDS_LEG = "CA" + "2" * 32

pytestmark = pytest.mark.usefixtures("last_legs_end_at_once")


def rows() -> list[object]:
    """Return the rows of the part in the house's time."""
    return [replace(row, eventtime=row.eventtime - START + NOON) for row in rows_of_part(PART)]


class Story:
    """A caller of the cloud's for whom Maria, at 101, was chosen."""

    def __init__(self, house: House, caller: Caller) -> None:
        self.house, self.caller = house, caller

    async def asterisk_dials(
        self, leg: str = PHONE, endpoint: str = "PJSIP/101", *, mark: str | None = CLOUDS, call: str = PART
    ) -> None:
        await self._dials(call, leg, endpoint, carrier="asterisk", part_of=CallId(mark) if mark else None)

    async def asterisk_rings(self, leg: str = PHONE, endpoint: str = "PJSIP/101") -> None:
        await self._tells(LegRinging, PART, leg, endpoint)

    async def asterisk_answers(self, leg: str = PHONE, endpoint: str = "PJSIP/101") -> None:
        await self._tells(LegAnswered, PART, leg, endpoint)

    async def asterisk_ends(self, leg: str = PHONE, endpoint: str = "PJSIP/101") -> None:
        await self._tells(LegEnded, PART, leg, endpoint, cause=16)

    async def cloud_dials(self) -> None:
        await self._dials(CLOUDS, CLOUDS_LEG, "PJSIP/101", carrier="twilio", part_of=None)

    async def cloud_rings(self) -> None:
        await self._tells(LegRinging, CLOUDS, CLOUDS_LEG, "PJSIP/101")

    async def cloud_answers(self) -> None:
        await self._tells(LegAnswered, CLOUDS, CLOUDS_LEG, "PJSIP/101")

    async def cloud_ends(self) -> None:
        await self._tells(LegEnded, CLOUDS, CLOUDS_LEG, "PJSIP/101", cause=16)

    async def ledger_tells(self) -> None:
        for row in rows():
            self.house.switchboard.tell(row)  # type: ignore[arg-type]
        await self.house.settles()

    async def talks(self) -> None:
        await self.cloud_dials()
        await self.asterisk_dials()
        await self.asterisk_rings()
        await self.cloud_rings()
        await self.asterisk_answers()
        await self.cloud_answers()
        self.house.clock.passes(10)

    @property
    def record(self) -> CallRecord:
        return self.house.timeline.entries[CLOUDS].record

    async def _dials(self, call: str, leg: str, endpoint: str, *, carrier: str, part_of: CallId | None) -> None:
        self.house.switchboard.tell(
            LegDialed(
                call_id=CallId(call), leg_id=LegId(leg), endpoint=endpoint, caller="+359888123456", caller_name="",
                called="101", from_endpoint="PJSIP/cloud", at=self.house.clock.now(), carrier=carrier, part_of=part_of,
            )
        )  # fmt: skip
        await self.house.settles()

    async def _tells(self, kind: type, call: str, leg: str, endpoint: str, **more: int) -> None:
        at = self.house.clock.now()
        self.house.switchboard.tell(kind(call_id=CallId(call), leg_id=LegId(leg), endpoint=endpoint, at=at, **more))
        await self.house.settles()


async def chosen(house: House) -> Story:
    house.ready(MARIA)
    caller = await house.calls(CLOUDS, carrier="twilio")
    await caller.presses("1")
    await caller.hears()
    assert caller.is_rung_through == MARIA
    return Story(house, caller)


def pops(house: House, agent: str = MARIA) -> int:
    return len({card["pop_id"] for card in house.screens.calls(agent)})  # type: ignore[arg-type]


async def test_both_carriers_tell_of_one_phone_and_the_agent_sees_one_pop() -> None:
    async with open_house(FLOWS) as house:
        story = await chosen(house)
        await story.talks()
        assert pops(house) == 1
        card = house.screens.calls(MARIA)[-1]
        assert (card["call_id"], card["kind"], card["phase"]) == (CLOUDS, "queue", "talking")
        assert list(house.switchboard.calls) == [CLOUDS]
        assert house.state(MARIA) is AgentState.ON_CALL


@pytest.mark.parametrize("first", ["cloud", "asterisk"])
async def test_whichever_tells_of_the_ringing_first_pops_and_the_other_does_not_again(first: str) -> None:
    async with open_house(FLOWS) as house:
        story = await chosen(house)
        if first == "cloud":
            await story.cloud_dials()
            await story.cloud_rings()
            await story.asterisk_dials()
            await story.asterisk_rings()
        else:
            await story.asterisk_dials()
            await story.asterisk_rings()
            await story.cloud_dials()
            await story.cloud_rings()
        assert pops(house) == 1
        assert len(house.screens.calls(MARIA)) <= 2  # with the record, at most once more


async def test_where_asterisk_is_not_heard_the_clouds_word_pops() -> None:
    async with open_house(FLOWS) as house:
        story = await chosen(house)
        await story.cloud_dials()
        await story.cloud_rings()
        await story.cloud_answers()
        assert house.screens.calls(MARIA)[-1]["phase"] == "talking"


async def test_the_record_of_asterisk_that_comes_first_waits_for_the_call_and_is_part_of_it() -> None:
    async with open_house(FLOWS) as house:
        story = await chosen(house)
        await story.talks()
        await story.asterisk_ends()
        await story.ledger_tells()
        assert house.timeline.entries == {}
        await story.cloud_ends()
        await story.caller.hangs_up()
        assert list(house.timeline.entries) == [CLOUDS]
        assert [leg.leg_id for leg in story.record.legs] == [f"{CLOUDS}-leg0", PHONE]
        assert (story.record.talk_s, story.record.disposition) == (10.0, Disposition.ANSWERED)
        assert house.timeline.entries[CLOUDS].agents == (MARIA,)


async def test_the_record_of_asterisk_that_comes_late_is_put_into_the_entry_that_stands() -> None:
    told: list[CallId] = []
    async with open_house(FLOWS) as house:
        house.books.written = lambda entry: told.append(entry.record.linkedid)
        story = await chosen(house)
        await story.talks()
        await story.asterisk_ends()
        await story.cloud_ends()
        await story.caller.hangs_up()
        assert [(leg.channel, leg.is_part) for leg in story.record.legs] == [("", False), ("PJSIP/101", True)]
        await story.ledger_tells()
        assert list(house.timeline.entries) == [CLOUDS]
        assert [(leg.channel, leg.is_part) for leg in story.record.legs] == [("", False), (f"PJSIP/101-{PART}", True)]
        assert house.timeline.entries[CLOUDS].queue == "sales"
        assert told == [CLOUDS]


async def test_a_call_that_lasts_keeps_the_mark_before_its_part() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        house.books.archive = FakeArchive([])
        house.switchboard.tell(CarrierUp(live_calls=frozenset(), down_since=None, at=house.clock.now()))
        story = await chosen(house)
        await story.talks()
        house.books.archive.rows += rows()  # type: ignore[attr-defined]
        await story.ledger_tells()
        for _ in range(2):
            house.books.sample(await house.books.archive.end())
            house.clock.passes(600)
        house.books.put_mark()
        assert house.timeline.marks["cel"] == "0"
        await story.asterisk_ends()
        await story.caller.hangs_up()
        house.books.put_mark()
        assert house.timeline.marks["cel"] != "0"


async def restarted(before: House) -> House:
    """Return a house that knows what the one before it has written, and finds the part in Asterisk's file."""
    after = House(FLOWS)
    after.timeline = after.books.timeline = after.books.marks = before.timeline  # type: ignore[assignment]
    after.tasks.spawn(after.books.keep(), name="books")
    after.timeline.put("cel", "0")
    after.books.archive = FakeArchive(rows())  # type: ignore[arg-type]
    after.switchboard.tell(CarrierUp(live_calls=frozenset(), down_since=None, at=after.clock.now()))
    await after.settles()
    return after


async def test_after_a_restart_the_part_is_put_into_the_entry_that_was_written_before_it() -> None:
    async with open_house(FLOWS) as before:
        story = await chosen(before)
        await story.talks()
        await story.asterisk_ends()
        await story.caller.hangs_up()
        after = await restarted(before)
        assert list(after.timeline.entries) == [CLOUDS]
        assert [leg.channel for leg in story.record.legs] == ["", f"PJSIP/101-{PART}"]
        await after.tasks.close(1.0)


async def test_after_a_restart_the_part_of_a_call_with_steps_alone_is_that_calls_entry() -> None:
    async with open_house(FLOWS) as before:
        await (await chosen(before)).talks()
        after = await restarted(before)
        assert list(after.timeline.entries) == [CLOUDS]
        entry = after.timeline.entries[CLOUDS]
        assert (entry.agents, entry.queue, entry.record.talk_s) == ((MARIA,), "sales", 10.0)
        await after.tasks.close(1.0)


async def test_after_a_restart_the_call_that_comes_again_has_its_part_from_before() -> None:
    async with open_house(FLOWS) as before:
        await (await chosen(before)).talks()
        after = await restarted(before)
        caller = await after.calls(CLOUDS, carrier="twilio")
        await caller.hangs_up()
        assert list(after.timeline.entries) == [CLOUDS]
        assert [leg.leg_id for leg in after.timeline.entries[CLOUDS].record.legs] == [f"{CLOUDS}-leg0", PHONE]
        await after.tasks.close(1.0)


async def test_a_part_of_a_call_that_nobody_knows_is_an_ordinary_call() -> None:
    async with open_house(FLOWS) as house:
        story = Story(house, Caller(house, CLOUDS))
        house.ready(MARIA)
        await story.asterisk_dials()
        await story.asterisk_rings()
        assert house.screens.calls(MARIA)[-1]["kind"] == "direct"
        await story.asterisk_ends()
        await story.ledger_tells()
        assert list(house.timeline.entries) == [PART]
        assert house.timeline.entries[CallId(PART)].record.part_of is None


async def test_a_call_of_asterisks_own_is_nobodys_whole() -> None:
    """The mark names a call of another carrier; one that names a call on Asterisk means nothing."""
    async with open_house(FLOWS) as house:
        caller = await house.calls(CLOUDS)
        house.ready(MARIA)
        await Story(house, caller).asterisk_dials()
        assert set(house.switchboard.calls) == {CLOUDS, PART}


async def test_the_colleague_to_whom_the_agent_sends_the_caller_on_sees_the_same_call() -> None:
    async with open_house(FLOWS) as house:
        story = await chosen(house)
        house.ready(IVAN)
        await story.talks()
        await story.asterisk_ends()
        await story.asterisk_dials("1700000000.20", "PJSIP/102", mark=None)
        await story.asterisk_rings("1700000000.20", "PJSIP/102")
        await story.asterisk_answers("1700000000.20", "PJSIP/102")
        assert (house.state(MARIA), house.state(IVAN)) == (AgentState.WRAP_UP, AgentState.ON_CALL)
        card = house.screens.calls(IVAN)[-1]
        assert (card["call_id"], card["caller"]["number"]) == (CLOUDS, "+359888123456")  # type: ignore[index]
        house.clock.passes(5)
        await story.asterisk_ends("1700000000.20", "PJSIP/102")
        await story.cloud_ends()
        await story.caller.hangs_up()
        assert house.timeline.entries[CLOUDS].agents == (MARIA, IVAN)
        assert house.switchboard.calls == {}


async def test_who_does_not_answer_is_rung_again_later_and_sees_a_second_pop() -> None:
    async with open_house(FLOWS) as house:
        story = await chosen(house)
        await story.cloud_dials()
        await story.asterisk_dials()
        await story.asterisk_rings()
        await story.cloud_rings()
        await story.asterisk_ends()
        await story.cloud_ends()
        await story.caller.is_not_answered(LegId(PHONE))
        assert house.screens.gone(MARIA)[-1]["reason"] == "not_answered"
        house.clock.time += timedelta(seconds=30)
        house.desk.tick()
        await house.settles()
        assert story.caller.is_rung_through == MARIA
        await story.asterisk_dials("1700000040.79", call="1700000040.7")
        await story.asterisk_rings("1700000040.79")
        assert pops(house) == 2
