"""Nothing is lost and nothing is closed in error while Ringside catches up with what Asterisk did without it."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from telephony.calls.events import CarrierDown, CarrierUp, CelRow
from telephony.calls.model import CallId
from telephony.carriers.asterisk.archive import CelArchive
from telephony.errors import CarrierUnavailableError, StoreUnavailableError
from telephony.journey import books, switchboard
from tests.fakes.cel import FakeArchive, a_short_call
from tests.fakes.flows import flows
from tests.fakes.house import MARIA, House, open_house
from tests.waiting import until

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


class BrokenArchive(FakeArchive):
    """Cannot be read from some row on, until it is mended."""

    def __init__(self, rows: list[CelRow], *, breaks_at: int = 0) -> None:
        super().__init__(rows)
        self.breaks_at = breaks_at
        self.tries = 0
        self.is_mended = False

    async def read(self, since: str | None) -> tuple[Sequence[CelRow], str]:
        if not self.is_mended and int(since or 0) >= self.breaks_at:
            self.tries += 1
            raise CarrierUnavailableError("Master.csv: the CEL file cannot be read: Permission denied")
        return await super().read(since)


async def test_what_cannot_be_read_at_first_is_read_when_it_can() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        archive = house.books.archive = BrokenArchive(a_short_call("1700.1"))
        house.switchboard.tell(up(house))
        await until(lambda: archive.tries > 2)
        assert house.timeline.entries == {}
        archive.is_mended = True
        await until(lambda: set(house.timeline.entries) == {"1700.1"})
        await marks_after(house, 600)
        assert house.timeline.marks["cel"] == "5"


async def test_calls_read_before_the_archive_failed_are_written_once() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        rows = a_short_call("1700.1") + a_short_call("1700.2")
        archive = house.books.archive = BrokenArchive(rows, breaks_at=6)
        house.switchboard.tell(up(house))
        await until(lambda: set(house.timeline.entries) == {"1700.1"})
        archive.is_mended = True
        await until(lambda: set(house.timeline.entries) == {"1700.1", "1700.2"})
        await marks_after(house, 600)
        assert house.timeline.marks["cel"] == "10"


async def test_a_locked_database_only_puts_the_back_fill_off() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        house.books.archive = FakeArchive(a_short_call("1700.1"))
        get, tries = house.timeline.get, 0

        async def locked_at_first(name: str) -> str | None:
            nonlocal tries
            tries += 1
            if tries < 3:
                raise StoreUnavailableError("what was written last is not in the database yet")
            return await get(name)

        house.timeline.get = locked_at_first  # type: ignore[method-assign]
        house.switchboard.tell(up(house))
        await until(lambda: set(house.timeline.entries) == {"1700.1"})


async def test_a_call_is_not_closed_before_its_missed_rows_are_read() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        rows = a_short_call("1700.1")
        archive = house.books.archive = BrokenArchive(rows)
        for row in rows[:2]:
            house.switchboard.tell(row)
        house.switchboard.tell(up(house, down_since=rows[1].eventtime))
        await until(lambda: archive.tries > 2)
        assert house.timeline.entries == {}
        archive.is_mended = True
        await until(lambda: house.timeline.entries)
        assert house.timeline.entries[CallId("1700.1")].record.ended_at == rows[-2].eventtime


async def test_a_call_is_not_kept_open_for_ever_where_the_archive_stays_unreadable() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        rows = a_short_call("1700.1") + a_short_call("1700.2")
        archive = house.books.archive = BrokenArchive(rows)
        for row in rows[:2]:
            house.switchboard.tell(row)
        house.switchboard.tell(up(house, down_since=rows[1].eventtime))
        for row in a_short_call("1700.3", whole=False):
            house.switchboard.tell(row)
        house.clock.passes(books.CLOSE_UNREAD_AFTER.total_seconds())
        await until(lambda: set(house.timeline.entries) == {"1700.1"})
        archive.is_mended = True
        await until(lambda: set(house.timeline.entries) == {"1700.1", "1700.2"})
        assert house.books.ledger.open_calls() == {"1700.3"}


async def test_an_agent_whose_call_is_over_is_free_though_the_archive_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(switchboard, "LAST_LEG_LIMIT_S", 0.0)
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        house.books.archive = BrokenArchive([])
        house.ready(MARIA)
        await house.rings("1700.1", "leg", "PJSIP/101")
        await house.answered("1700.1", "leg", "PJSIP/101")
        house.switchboard.tell(CarrierDown(at=house.clock.now()))
        house.clock.passes(20)
        house.switchboard.tell(up(house, down_since=house.clock.now()))
        await until(lambda: house.switchboard.calls == {})


async def test_a_back_fill_that_asterisks_next_outage_overtakes_moves_no_mark() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        archive = house.books.archive = BrokenArchive(a_short_call("1700.1"))
        house.switchboard.tell(up(house))
        await until(lambda: archive.tries > 1)
        house.switchboard.tell(CarrierDown(at=house.clock.now()))
        archive.is_mended = True
        await house.settles()
        archive.rows += a_short_call("1700.2")
        await marks_after(house, 600)
        assert house.timeline.marks["cel"] == "0"
        house.switchboard.tell(up(house))
        await until(lambda: set(house.timeline.entries) == {"1700.1", "1700.2"})


async def test_a_call_that_was_heard_before_the_last_outage_is_closed_after_it() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        archive = house.books.archive = BrokenArchive([])
        house.switchboard.tell(up(house))
        for row in a_short_call("1700.1", whole=False):
            house.switchboard.tell(row)
        await until(lambda: archive.tries > 0)
        house.switchboard.tell(CarrierDown(at=house.clock.now()))
        house.switchboard.tell(up(house, down_since=house.clock.now()))
        archive.is_mended = True
        await until(lambda: set(house.timeline.entries) == {"1700.1"})


async def test_an_archive_that_cannot_be_read_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with open_house(FLOWS) as house:
        house.timeline.put("cel", "0")
        archive = house.books.archive = BrokenArchive(a_short_call("1700.1"))
        house.switchboard.tell(up(house))
        await until(lambda: archive.tries > 3)
        archive.is_mended = True
        await until(lambda: house.timeline.entries)
        told = [getattr(record, "action", "") for record in caplog.records]
        assert [action for action in told if "back_fill" in action] == ["back_fill_failed", "back_fill"]


async def test_an_end_that_cannot_be_told_is_told_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "MARK_EVERY_S", 0.0)
    caplog.set_level(logging.INFO)
    async with open_house(FLOWS) as house:
        archive = house.books.archive = FakeArchive([])
        end, tries = archive.end, 0

        async def away_at_first() -> str:
            nonlocal tries
            tries += 1
            if tries < 4:
                raise CarrierUnavailableError("Master.csv: the CEL file cannot be read: Permission denied")
            return await end()

        archive.end = away_at_first  # type: ignore[method-assign]
        house.tasks.spawn(house.books.mark(), name="mark")
        await until(lambda: tries > 5)
        told = [getattr(record, "action", "") for record in caplog.records]
        assert told == ["archive_unreadable", "archive_readable"]


async def test_calls_of_an_outage_are_found_in_a_file_that_was_not_there_at_the_first_start(tmp_path: Path) -> None:
    file = tmp_path / "Master.csv"
    captured = Path(__file__).parents[1] / "captured" / "cel" / "attended_transfer.csv"
    async with open_house(FLOWS) as house:
        house.books.archive = CelArchive(file)
        house.switchboard.tell(up(house))
        await until(lambda: "cel" in house.timeline.marks)
        house.switchboard.tell(CarrierDown(at=house.clock.now()))
        file.write_text("".join(captured.read_text().splitlines(keepends=True)[1:]))
        house.switchboard.tell(up(house))
        await until(lambda: len(house.timeline.entries) == 1)
