"""Published versions, on SQLite and on PostgreSQL."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from telephony.errors import FlowError, StoreUnavailableError
from telephony.ivr.versions.bundle import Bundle
from telephony.ivr.versions.version import Draft, FlowVersion, MovedMeanwhileError
from telephony.journey.publishing import change_of
from telephony.store.database import Database
from telephony.store.faults import StoreRefusedError
from telephony.store.flows import StoredFlows
from telephony.store.migrate import connected, upgrade_sync
from tests.fakes.flow_files import FlowFiles
from tests.unit.store.calls import NOON
from tests.unit.store.test_postgres import Server, server

__all__ = ["server"]  # a fixture that is found by its name here

NODES, FLOWS = 20, 100


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{shutil.copy(request.getfixturevalue('empty_file'), tmp_path / 'ringside.db')}"
    postgres: Server = request.getfixturevalue("server")
    with connected(postgres.url) as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    upgrade_sync(postgres.url)
    return postgres.url


@pytest.fixture
async def flows(url: str) -> AsyncIterator[StoredFlows]:
    async with Database(url) as database:
        yield StoredFlows(database)


def draft(flow: str = "main", digest: str = "aaa", *, over: int | None = None) -> Draft:
    bundle = Bundle(flow=flow, files={f"{flow}.yaml": f"# {digest}"}, texts={"en": {"welcome": "Hi"}}, articles={})
    return Draft(bundle=bundle, digest=digest, over=over)


async def publish(flows: StoredFlows, *drafts: Draft, note: str = "") -> list[FlowVersion]:
    return list(await flows.publish(drafts, by="maria", note=note, at=NOON))


async def test_versions_are_numbered_per_flow_and_the_last_published_is_live(flows: StoredFlows) -> None:
    assert await flows.last_move() == 0
    assert await flows.live() == []
    await publish(flows, draft("main", "a"), draft("other", "x"), note="first\0")
    await publish(flows, draft("main", "b", over=1), note="second")
    assert [(v.flow, v.number, v.digest, v.live, v.note, v.replaced) for v in await flows.versions()] == [
        ("main", 1, "a", False, "first", None),
        ("main", 2, "b", True, "second", 1),
        ("other", 1, "x", True, "first", None),
    ]
    [live] = [version for version in await flows.live() if version.flow == "main"]
    assert (live.number, live.by, live.at) == (2, "maria", NOON)
    assert await flows.last_move() == 3


async def test_a_version_holds_its_bundle_for_ever(flows: StoredFlows) -> None:
    [first] = await publish(flows, draft(digest="a"))
    await publish(flows, draft(digest="b", over=1))
    assert await flows.bundle(first) == draft(digest="a").bundle


async def test_a_rollback_moves_what_is_live_and_every_move_is_kept(flows: StoredFlows) -> None:
    await publish(flows, draft(digest="a"))
    await publish(flows, draft(digest="b", over=1))
    later = NOON + timedelta(minutes=1)
    await flows.move("main", 1, over=2, by="boris", note="wrong number", at=later)
    assert [version.number for version in await flows.live()] == [1]
    [third] = await publish(flows, draft(digest="c", over=1))
    assert (third.number, third.replaced) == (3, 1)
    moves = await flows.moves("main")
    assert [(move.left, move.to, move.by) for move in moves] == [
        (None, 1, "maria"),
        (1, 2, "maria"),
        (2, 1, "boris"),
        (1, 3, "maria"),
    ]
    assert (moves[2].note, moves[2].at) == ("wrong number", later)


async def test_a_flow_that_is_withdrawn_may_be_published_again(flows: StoredFlows) -> None:
    await publish(flows, draft(digest="a"))
    await flows.move("main", None, over=1, by="boris", note="", at=NOON)
    assert await flows.live() == []
    [again] = await publish(flows, draft(digest="a"))
    assert (again.number, again.replaced) == (2, None)


async def test_who_comes_second_is_told_and_nothing_of_theirs_is_done(flows: StoredFlows) -> None:
    await publish(flows, draft(digest="a"))
    await publish(flows, draft(digest="b", over=1))
    with pytest.raises(MovedMeanwhileError, match="main: somebody else was faster, version 2 is live now"):
        await publish(flows, draft("fresh", "x"), draft(digest="c", over=1))
    with pytest.raises(MovedMeanwhileError):
        await flows.move("main", 1, over=1, by="boris", note="", at=NOON)
    assert [(v.flow, v.number) for v in await flows.versions()] == [("main", 1), ("main", 2)]


async def test_of_two_publishers_at_once_one_wins_and_the_other_is_told(url: str) -> None:
    async with Database(url) as one, Database(url) as two:
        both = await asyncio.gather(
            publish(StoredFlows(one), draft(digest="a")),
            publish(StoredFlows(two), draft(digest="b")),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in both) == ["MovedMeanwhileError", "list"]
        assert len(await StoredFlows(one).versions()) == 1


async def test_publishers_of_different_flows_do_not_hinder_each_other(url: str) -> None:
    async with Database(url) as one, Database(url) as two:
        stores = [StoredFlows(one), StoredFlows(two)]
        await asyncio.gather(*(publish(stores[n % 2], draft(f"flow{n}")) for n in range(8)))
        assert len(await stores[0].live()) == 8
        assert [move.seq for move in await stores[0].moves()] == list(range(1, 9))


async def test_a_version_that_was_never_published_cannot_be_made_live(flows: StoredFlows) -> None:
    await publish(flows, draft())
    with pytest.raises(StoreRefusedError):
        await flows.move("main", 7, over=1, by="boris", note="", at=NOON)
    assert [version.number for version in await flows.live()] == [1]


async def test_a_version_that_somebody_changed_in_the_database_is_refused(url: str) -> None:
    async with Database(url) as database:
        flows = StoredFlows(database)
        [version] = await publish(flows, draft())
        change = text("UPDATE flow_versions SET bundle = replace(bundle, 'Hi', 'Ho')")
        await database.write(lambda connection: connection.execute(change).close())
        with pytest.raises(FlowError, match="main version 1: is not what was published"):
            await flows.bundle(version)


async def test_a_version_that_is_not_there_is_told(flows: StoredFlows) -> None:
    [version] = await publish(flows, draft())
    with pytest.raises(FlowError, match="main version 2: is not in the database any more"):
        await flows.bundle(replace(version, number=2))


async def test_a_locked_database_is_told_and_nothing_is_published(database: Database, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    flows = StoredFlows(database)
    with pytest.raises(StoreUnavailableError, match="is locked by another program"):
        await publish(flows, draft())
    other.close()
    assert await flows.versions() == []
    assert len(await publish(flows, draft())) == 1


def large_folder(folder: Path) -> FlowFiles:
    files = FlowFiles(folder)
    texts = {f"text_{n}": f"This is what callers hear at place number {n}." for n in range(NODES)}
    for language in ("en", "ru", "bg"):
        files.says(language, **texts)
    plays = "".join(f"  n{n}: {{type: play, say: text_{n}, to: n{n + 1}}}\n" for n in range(NODES - 2))
    ends = f"  n{NODES - 2}: {{type: queue, queue: sales, otherwise: bye}}\n  bye: {{type: hangup, say: goodbye}}\n"
    for n in range(FLOWS - 1):
        head = f"flow: flow_{n}\nlanguages: [en, ru, bg]\nstart: n0\nnodes:\n"
        files.writes(f"flow_{n}", head + plays + ends)
    return files


async def test_a_hundred_flows_are_loaded_and_published_within_a_second(flows: StoredFlows, tmp_path: Path) -> None:
    files = large_folder(tmp_path / "flows")
    began = time.process_time(), time.perf_counter()
    loaded = files.load()
    read_s = time.perf_counter() - began[1]
    change = change_of(loaded, await flows.live())
    published = await flows.publish(change.drafts, by="maria", note="", at=NOON)
    took_s = time.perf_counter() - began[1]
    assert len(published) == FLOWS
    print(f"read {read_s:.3f} s, in all {took_s:.3f} s")
    assert min(took_s, time.process_time() - began[0]) < 1.0
