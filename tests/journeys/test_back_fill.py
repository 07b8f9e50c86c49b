"""Nothing is lost and nothing is closed in error while Ringside catches up with what Asterisk did without it."""

import asyncio
from datetime import datetime

from telephony.calls.events import CarrierDown, CarrierUp
from telephony.calls.model import CallId
from tests.fakes.cel import FakeArchive, a_short_call
from tests.fakes.flows import flows
from tests.fakes.house import House, open_house

FLOWS = flows()


def up(house: House, *live: str, down_since: datetime | None = None) -> CarrierUp:
    calls = frozenset(CallId(each) for each in live)
    return CarrierUp(live_calls=calls, down_since=down_since, at=house.clock.now())


async def marks_after(house: House, seconds: float) -> None:
    """Let time pass in which the archive's end is noted again and again."""
    for _ in range(2):
        house.books.sample(await house.books.archive.end())  # type: ignore[union-attr]
        house.clock.passes(seconds)
    house.books.put_mark()


async def test_the_mark_stands_still_while_asterisk_cannot_be_heard() -> None:
    async with open_house(FLOWS) as house:
        archive = house.books.archive = FakeArchive(a_short_call("1700.1"))
        house.switchboard.tell(up(house))
        await house.settles()
        house.switchboard.tell(CarrierDown(at=house.clock.now()))
        archive.rows += a_short_call("1700.2")
        await marks_after(house, 600)
        house.switchboard.tell(up(house))
        await house.settles()
        assert set(house.timeline.entries) == {"1700.2"}


async def test_the_mark_stands_still_until_asterisk_was_heard_for_the_first_time() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        house.books.archive = FakeArchive(a_short_call("1700.1"))
        await marks_after(house, 600)
        house.switchboard.tell(up(house))
        await house.settles()
        assert set(house.timeline.entries) == {"1700.1"}


async def test_the_mark_goes_on_when_all_is_heard_and_written() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        house.books.archive = FakeArchive(a_short_call("1700.1"))
        house.switchboard.tell(up(house))
        await house.settles()
        await marks_after(house, 600)
        assert house.timeline.marks["cel"] == "5"


async def test_the_mark_waits_for_a_call_that_is_over_but_still_owes_its_entry() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        archive = house.books.archive = FakeArchive([])
        house.switchboard.tell(up(house))
        await house.calls("1700.1")
        for row in a_short_call("1700.1"):
            archive.rows.append(row)
            house.books.row(row)  # the switchboard has the record, and the call's task has not written it yet
        await marks_after(house, 600)
        assert house.timeline.marks["cel"] == "0"


async def test_a_call_that_begins_while_the_archive_is_read_is_not_closed() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        house.books.archive = FakeArchive(a_short_call("1700.1"))
        house.switchboard.tell(up(house, down_since=house.clock.now()))
        for row in a_short_call("1700.2", whole=False):
            house.switchboard.tell(row)
        await house.settles()
        assert set(house.timeline.entries) == {"1700.1"}
        for row in a_short_call("1700.2"):
            house.switchboard.tell(row)
        await house.settles()
        assert set(house.timeline.entries) == {"1700.1", "1700.2"}


async def test_who_abandoned_the_companys_queue_is_told_with_it_heard_live_and_read_later() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        house.books.archive = FakeArchive(a_short_call("1700.1", queue="700"))
        house.switchboard.tell(up(house))
        await house.settles()
        for row in a_short_call("1700.2", queue="700"):
            house.switchboard.tell(row)
        await house.settles()
        assert [(entry.queue, entry.wait_s) for entry in house.timeline.entries.values()] == [("700", 1.0)] * 2


async def test_a_long_outage_is_written_many_calls_at_a_time() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        calls = [f"1700.{number}" for number in range(120)]
        house.books.archive = FakeArchive([row for call in calls for row in a_short_call(call)])
        asked, most = 0, 0
        has = house.timeline.has

        async def slow(call_id: CallId) -> bool:
            nonlocal asked, most
            asked += 1
            most = max(most, asked)
            await asyncio.sleep(0)
            asked -= 1
            return await has(call_id)

        house.timeline.has = slow  # type: ignore[method-assign]
        house.switchboard.tell(up(house))
        for _ in range(20):
            await house.settles()
        assert set(house.timeline.entries) == set(calls)
        assert most == 50
