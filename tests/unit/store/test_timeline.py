"""What the timeline keeps, and what it gives back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from telephony.calls.model import CallId, CustomerId
from telephony.ports import CallFilter
from telephony.store.database import Database
from telephony.store.marks import StoredMarks
from telephony.store.outcomes import StoredOutcomes
from telephony.store.timeline import StoredTimeline
from telephony.store.writer import Writer
from tests.unit.store.calls import GEORGI, IVAN, MARIA, NOON, Noon, bare_entry, entry, keep, step

CALL = CallId("1700.1")


@pytest.fixture
def clock() -> Noon:
    return Noon()


@pytest.fixture
def timeline(database: Database, writer: Writer, clock: Noon) -> StoredTimeline:
    return StoredTimeline(database, writer, clock)


async def test_an_entry_comes_back_as_it_was_put(timeline: StoredTimeline, writer: Writer) -> None:
    keep(timeline, entry(note="wants a red one"))
    await writer.settle()
    assert await timeline.call(CALL) == entry(note="wants a red one")


async def test_an_entry_put_twice_is_one_call(timeline: StoredTimeline, writer: Writer) -> None:
    keep(timeline, entry())
    keep(timeline, entry())
    await writer.settle()
    assert len(await timeline.calls(CallFilter())) == 1


async def test_a_later_entry_replaces_and_wipes_out_nothing_it_does_not_know(
    timeline: StoredTimeline, writer: Writer
) -> None:
    keep(timeline, entry(note="kept"))
    bare = bare_entry()
    keep(timeline, replace(bare, record=replace(bare.record, talk_s=99.0)))
    await writer.settle()
    expected = entry(note="kept")
    assert await timeline.call(CALL) == replace(expected, record=replace(expected.record, talk_s=99.0))


async def test_old_news_of_a_call_told_once_more_do_not_replace_what_stands(
    timeline: StoredTimeline, writer: Writer
) -> None:
    keep(timeline, entry())
    keep(timeline, entry(at=NOON + timedelta(minutes=20)))
    await writer.settle()
    assert await timeline.call(CALL) == entry()
    keep(timeline, entry(at=NOON + timedelta(seconds=1)))
    await writer.settle()
    assert (await timeline.calls(CallFilter()))[0].record.started_at == NOON + timedelta(seconds=1)


async def test_news_from_the_middle_of_a_call_does_not_replace_its_end(
    timeline: StoredTimeline, writer: Writer
) -> None:
    keep(timeline, entry())
    keep(timeline, entry(finished=False))
    await writer.settle()
    assert await timeline.call(CALL) == entry()


async def test_a_call_stands_in_the_timeline_only_when_finished(timeline: StoredTimeline) -> None:
    assert not await timeline.has(CALL)
    keep(timeline, entry(finished=False))
    assert not await timeline.has(CALL)
    keep(timeline, entry())
    assert await timeline.has(CALL)


async def test_a_note_may_come_before_its_entry(timeline: StoredTimeline, writer: Writer) -> None:
    timeline.note(CALL, MARIA, "call back on Monday")
    await writer.settle()
    keep(timeline, entry())
    await writer.settle()
    assert await timeline.call(CALL) == entry(note="call back on Monday")


async def test_an_agents_later_note_replaces_the_earlier_and_a_colleagues_stands_beside(
    timeline: StoredTimeline, writer: Writer, clock: Noon
) -> None:
    keep(timeline, entry())
    timeline.note(CALL, MARIA, "call")
    clock.time += timedelta(seconds=1)
    timeline.note(CALL, MARIA, "call back")
    clock.time += timedelta(seconds=1)
    timeline.note(CALL, IVAN, "done")
    await writer.settle()
    read = await timeline.call(CALL)
    assert read is not None
    assert read.note == "call back\ndone"


async def test_an_entry_read_and_put_again_does_not_repeat_its_notes(timeline: StoredTimeline, writer: Writer) -> None:
    keep(timeline, entry())
    timeline.note(CALL, MARIA, "call back")
    await writer.settle()
    read = await timeline.call(CALL)
    assert read is not None
    keep(timeline, read)
    await writer.settle()
    assert await timeline.call(CALL) == entry(note="call back")


async def test_the_path_is_in_order_whatever_the_order_of_writing(timeline: StoredTimeline) -> None:
    for seq in (2, 0, 1, 1):
        timeline.add(step(seq))
    timeline.add(step(0, "another call"))
    assert await timeline.path(CALL) == (step(0), step(1), step(2))


async def test_calls_are_listed_newest_first_by_customer_agent_and_time(
    timeline: StoredTimeline, writer: Writer
) -> None:
    for minute in range(5):
        keep(timeline, entry(f"call-{minute}", at=NOON + timedelta(minutes=minute)))
    keep(timeline, replace(entry("ivans"), customer_id=CustomerId("other"), agents=(IVAN, MARIA)))
    for call in ("call-3", "call-4"):
        timeline.note(CallId(call), MARIA, "one")
        timeline.note(CallId(call), IVAN, "two")
    await writer.settle()

    async def ids(**wanted: object) -> list[str]:
        return [e.record.linkedid for e in await timeline.calls(CallFilter(**wanted))]  # type: ignore[arg-type]

    assert await ids(customer_id=GEORGI, limit=3) == ["call-4", "call-3", "call-2"]
    assert await ids(customer_id=GEORGI, before=NOON + timedelta(minutes=2)) == ["call-1", "call-0"]
    assert await ids(agent=IVAN) == ["ivans"]
    assert await ids(agent=MARIA, customer_id=CustomerId("other")) == ["ivans"]
    assert await ids(agent=MARIA, before=NOON + timedelta(minutes=1), limit=1) == ["call-0"]
    assert await ids(limit=0) == []


async def test_an_unknown_call_is_none(timeline: StoredTimeline) -> None:
    assert await timeline.call(CallId("nothing")) is None
    assert await timeline.path(CallId("nothing")) == ()


async def test_a_mark_is_read_back_and_moves_on(database: Database, writer: Writer) -> None:
    marks = StoredMarks(database, writer)
    assert await marks.get("cel") is None
    marks.put("cel", '{"inode": 7, "offset": 100}')
    marks.put("cel", '{"inode": 7, "offset": 200}')
    assert await marks.get("cel") == '{"inode": 7, "offset": 200}'


async def test_outcomes_are_counted_as_the_flows_name_them(
    timeline: StoredTimeline, writer: Writer, database: Database
) -> None:
    keep(timeline, replace(entry("a"), outcome="contained"))
    keep(timeline, replace(entry("b"), outcome="contained"))
    keep(timeline, entry("c"))
    for call in "ab":
        for seq in (10, 11):  # one caller may come by twice
            timeline.add(replace(step(seq, call, value="asked_for_order"), event="milestone"))
    await writer.settle()
    found = await StoredOutcomes(database).between(NOON - timedelta(days=1), NOON + timedelta(days=1))
    assert [(each.name, each.calls) for each in found.outcomes] == [("contained", 2), ("", 1)]
    assert [(each.name, each.calls) for each in found.milestones] == [("asked_for_order", 2)]
    assert found.calls == 3


async def test_an_outcome_is_not_wiped_out_by_an_entry_that_knows_none(
    timeline: StoredTimeline, writer: Writer
) -> None:
    keep(timeline, replace(entry(), outcome="contained"))
    keep(timeline, entry())
    await writer.settle()
    kept = await timeline.call(CALL)
    assert kept is not None
    assert kept.outcome == "contained"
