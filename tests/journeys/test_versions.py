"""Flows change while calls are running: calls stay on their version, the next one takes the new one."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from telephony.calls.commands import Ask, Hold, Prompt, Say
from telephony.errors import FlowError, StoreUnavailableError
from telephony.ivr.surroundings import Names
from telephony.ivr.texts import Texts
from telephony.ivr.versions.version import Draft
from telephony.journey.flows_in_force import FlowsInForce, VersionedWay
from telephony.journey.inbound import Inbound
from telephony.journey.publishing import before_publish, change_of, publish_at_start, walks_in
from telephony.ports import PromptFiles
from telephony.routing.calendars import Calendar, Calendars
from tests.fakes.flow_files import NAMES, FlowFiles
from tests.fakes.house import NOON, Caller, House, open_house
from tests.fakes.published import FakePublished, in_words
from tests.waiting import until

CHECKS = before_publish(ZoneInfo("UTC"), Calendars({}), NOON)


@pytest.fixture
def files(tmp_path: Path) -> FlowFiles:
    return FlowFiles(tmp_path / "flows")


@pytest.fixture
def published() -> FakePublished:
    return FakePublished()


@pytest.fixture
def in_force(published: FakePublished) -> FlowsInForce:
    return FlowsInForce(published=published, names=NAMES, voice=in_words)


@asynccontextmanager
async def house_of(in_force: FlowsInForce) -> AsyncIterator[House]:
    async with open_house({}) as house:
        way = house.switchboard.way
        assert isinstance(way, Inbound)
        way.flows = in_force.flows
        house.switchboard.way = VersionedWay(way)
        in_force.flows_of_calls = lambda: [call.flow for call in house.switchboard.calls.values()]
        yield house


def heard(caller: Caller, in_force: FlowsInForce) -> list[str | None]:
    """Return everything the caller was played so far, as words."""
    commands = [command for batch in caller.line.batches for command in batch.commands]
    prompts = [p for command in commands if isinstance(command, Say | Ask | Hold) for p in command.prompts]
    return [in_force.path(prompt) for prompt in prompts]


async def start(published: FakePublished, files: FlowFiles, *, on_start: bool = False) -> None:
    await publish_at_start(published, files.folder, NAMES, CHECKS, NOON, on_start=on_start)


async def test_the_next_call_takes_the_new_version_and_a_running_one_stays_on_its_own(
    files: FlowFiles, published: FakePublished, in_force: FlowsInForce
) -> None:
    published.takes(files.load())
    await in_force.refresh()
    async with house_of(in_force) as house:
        before = await house.calls("before")
        await before.hears()
        files.says(welcome="Good day.", menu="Press five.", leave_message="Speak now.")
        files.edits("main", "1: {label: sales", "5: {label: sales")
        published.takes(files.load())
        await in_force.refresh()
        after = await house.calls("after")
        await after.hears()
        await before.presses("1")
        await before.hears()
        assert house.switchboard.calls[before.id].flow != house.switchboard.calls[after.id].flow
        assert heard(before, in_force) == ["Welcome.", "Press one for sales.", "leave_message"]
        await after.presses("5")
        await after.hears()
        assert heard(after, in_force) == ["Good day.", "Press five.", "Speak now."]


async def test_a_changed_prompt_file_alone_changes_nothing_that_is_published(
    files: FlowFiles, published: FakePublished, in_force: FlowsInForce
) -> None:
    published.takes(files.load())
    files.says(welcome="Good day.")
    await in_force.refresh()
    async with house_of(in_force) as house:
        caller = await house.calls()
        await caller.hears()
        assert heard(caller, in_force) == ["Welcome.", "Press one for sales."]


async def test_after_a_rollback_the_next_call_is_on_the_old_version(
    files: FlowFiles, published: FakePublished, in_force: FlowsInForce
) -> None:
    first = published.takes(files.load())
    files.says(welcome="Oops.")
    published.takes(files.load())
    await in_force.refresh()
    published.goes_back("main", 1)
    await in_force.refresh()
    assert in_force.flows()["main"].version == first.digest
    async with house_of(in_force) as house:
        caller = await house.calls()
        await caller.hears()
        assert heard(caller, in_force)[0] == "Welcome."


async def test_a_version_that_cannot_be_used_is_refused_and_the_last_good_one_serves_on(
    files: FlowFiles, published: FakePublished, in_force: FlowsInForce, caplog: pytest.LogCaptureFixture
) -> None:
    good = published.takes(files.load())
    await in_force.refresh()
    files.edits("main", "queue: sales", "queue: operator")
    published.takes(files.load())
    in_force.names = Names(queues=frozenset({"sales"}))
    await in_force.refresh()
    assert in_force.flows()["main"].version == good.digest
    assert in_force.serving
    assert "main version 2 cannot be used, version 1 serves on" in in_force.trouble
    assert "'operator'" in in_force.trouble
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.__dict__["action"] == "flow_refused"
    files.edits("main", "queue: operator", "queue: sales")
    files.says(welcome="Mended.")
    published.takes(files.load())
    await in_force.refresh()
    assert in_force.trouble == ""


async def test_a_flow_whose_only_version_cannot_be_used_makes_the_server_unready(
    files: FlowFiles, published: FakePublished, in_force: FlowsInForce
) -> None:
    published.takes(files.load())
    published.bundles.clear()
    await in_force.refresh()
    assert not in_force.serving
    assert "main version 1 cannot be used, no version serves its callers" in in_force.trouble


async def test_a_server_without_flows_says_so(in_force: FlowsInForce) -> None:
    await in_force.refresh()
    assert not in_force.serving
    assert "`ringside flows publish`" in in_force.trouble


async def test_a_flow_withdrawn_while_calls_are_in_it_serves_them_to_the_end(
    files: FlowFiles, published: FakePublished, in_force: FlowsInForce
) -> None:
    published.takes(files.load())
    await in_force.refresh()
    async with house_of(in_force) as house:
        caller = await house.calls("before")
        await caller.hears()
        published.goes_back("main", None)
        await in_force.refresh()
        await caller.presses("2")
        await caller.leaves_message()
        await caller.hears()
        assert caller.ended_by_us
        assert heard(caller, in_force)[-1] == "goodbye"
        late = await house.calls("after")
        assert late.handed_over


async def test_sounds_are_kept_as_long_as_a_call_needs_them(
    files: FlowFiles, published: FakePublished, in_force: FlowsInForce
) -> None:
    first = published.takes(files.load())
    await in_force.refresh()
    async with house_of(in_force) as house:
        caller = await house.calls()
        for text in ("Two.", "Three."):
            files.says(welcome=text)
            last = published.takes(files.load())
            await in_force.refresh()
        assert set(in_force._sounds) == {first.digest, last.digest}
        await caller.hangs_up()
        published.moves += 1
        await in_force.refresh()
        assert set(in_force._sounds) == {last.digest}


async def test_a_text_without_sound_is_not_said_in_the_words_of_another_version(
    files: FlowFiles, published: FakePublished, in_force: FlowsInForce
) -> None:
    published.takes(files.load())
    await in_force.refresh()
    async with house_of(in_force) as house:
        before = await house.calls("before")
        files.says(welcome="Good day.")
        published.takes(files.load())
        in_force.voice = without_sound("welcome")
        await in_force.refresh()
        after = await house.calls("after")
        await before.hears()
        await after.hears()
        assert heard(before, in_force)[0] == "Welcome."
        assert heard(after, in_force)[0] is None
        assert in_force.path(Prompt(text_id="a_younger_one", language="en")) is None


def without_sound(text_id: str) -> Callable[[Texts], Awaitable[PromptFiles]]:
    async def voice(texts: Texts) -> PromptFiles:
        others = {
            language: {other: text for other, text in said.items() if other != text_id}
            for language, said in texts.by_language.items()
        }
        return await in_words(replace(texts, by_language=others))

    return voice


async def test_an_unchanged_flow_is_not_read_again(
    files: FlowFiles, published: FakePublished, in_force: FlowsInForce
) -> None:
    published.takes(files.load())
    await in_force.refresh()
    flow = in_force.flows()["main"]
    published.bundles.clear()
    published.moves += 1
    await in_force.refresh()
    assert in_force.flows()["main"] is flow


async def test_a_new_version_is_taken_within_seconds_and_a_database_away_is_only_told(
    files: FlowFiles, published: FakePublished, in_force: FlowsInForce
) -> None:
    in_force.look_every_s = 0.001
    published.away = True
    taken = asyncio.create_task(in_force.watch())
    with pytest.raises(StoreUnavailableError):
        await in_force.refresh()
    published.takes(files.load())
    published.away = False
    await until(lambda: "main" in in_force.flows())
    taken.cancel()


# --- at the start of the server -------------------------------------------------------------------------------------


async def test_the_first_start_publishes_the_files(files: FlowFiles, published: FakePublished) -> None:
    await start(published, files)
    [version] = published.kept
    assert (version.flow, version.number, version.by, version.note) == ("main", 1, "ringside", "first start")


async def test_files_that_changed_since_are_told_and_not_taken(
    files: FlowFiles, published: FakePublished, caplog: pytest.LogCaptureFixture
) -> None:
    await start(published, files)
    files.edits("main", "wait_s: 120", "wait_s: 60")
    await start(published, files)
    assert len(published.kept) == 1
    [record] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "`ringside flows publish main`" in record.__dict__["told"]


async def test_files_are_published_at_every_start_when_the_settings_say_so(
    files: FlowFiles, published: FakePublished
) -> None:
    await start(published, files)
    files.edits("main", "wait_s: 120", "wait_s: 60")
    await start(published, files, on_start=True)
    await start(published, files, on_start=True)
    assert [(version.number, version.note) for version in published.kept] == [(1, "first start"), (2, "on start")]


async def test_a_start_that_publishes_tells_of_texts_changed_under_their_recordings(
    files: FlowFiles, published: FakePublished, caplog: pytest.LogCaptureFixture
) -> None:
    files.records("welcome", b"a sound")
    await start(published, files)
    files.says(welcome="Good day.")
    await start(published, files, on_start=True)
    [record] = [record for record in caplog.records if record.__dict__.get("action") == "recording_outdated"]
    assert record.__dict__["told"].startswith("main: text welcome [en] has changed, its recording has not")


async def test_a_start_that_publishes_replaces_a_version_that_was_changed_in_the_database(
    files: FlowFiles, published: FakePublished
) -> None:
    await start(published, files)
    published.bundles.clear()
    await start(published, files)
    assert [version.number for version in published.kept] == [1]
    await start(published, files, on_start=True)
    assert [version.number for version in published.kept] == [1, 2]


async def test_faulty_files_stop_the_first_start_and_no_later_one(files: FlowFiles, published: FakePublished) -> None:
    files.edits("main", "start: welcome", "start: nowhere")
    with pytest.raises(FlowError, match="nowhere"):
        await start(published, files)
    files.edits("main", "start: nowhere", "start: welcome")
    await start(published, files)
    files.edits("main", "start: welcome", "start: nowhere")
    await start(published, files, on_start=True)
    assert len(published.kept) == 1


async def test_a_start_publishes_no_flow_that_is_never_open(files: FlowFiles, published: FakePublished) -> None:
    names = replace(NAMES, calendars=frozenset({"office"}))
    files.edits("main", "start: welcome", "start: hours")
    files.edits("main", "nodes:", "nodes:\n  hours: {type: hours, calendar: office, open: welcome, closed: welcome}")
    office = Calendar(name="office", zone=ZoneInfo("UTC"), weekly={})
    checks = before_publish(ZoneInfo("UTC"), Calendars({"office": office}), NOON)
    with pytest.raises(FlowError, match="never_open"):
        await publish_at_start(published, files.folder, names, checks, NOON, on_start=True)
    assert published.kept == []


async def test_of_two_servers_that_start_together_one_publishes(files: FlowFiles, published: FakePublished) -> None:
    flows = files.load()
    [published.faster] = change_of(flows, ()).drafts
    assert isinstance(published.faster, Draft)
    await start(published, files)
    assert [version.by for version in published.kept] == ["somebody"]


# --- before a version is published ----------------------------------------------------------------------------------

WALKS = """
flow: main
walks:
  - name: sales
    steps: [hears welcome, presses 1, ends in queue sales]
"""


async def test_walks_are_walked_before_a_version_is_published(files: FlowFiles) -> None:
    files.writes("main.walks", WALKS)
    good = change_of(files.load(), (), walks=walks_in(files.folder), checks=CHECKS)
    assert good.faults == ()
    assert good.drafts[0].bundle.walks == {"main.walks.yaml": WALKS}
    files.edits("main.walks", "presses 1", "presses 9")
    bad = change_of(files.load(), (), walks=walks_in(files.folder), checks=CHECKS)
    assert any("walk 'sales'" in fault for fault in bad.faults)


async def test_walks_that_cannot_be_read_are_told(files: FlowFiles) -> None:
    files.writes("main.walks", "walks: []")
    with pytest.raises(FlowError, match="'flow' is missing"):
        walks_in(files.folder)
