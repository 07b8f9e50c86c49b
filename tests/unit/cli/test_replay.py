"""`ringside replay`: calls that were, in a flow that has changed."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest

from telephony.calls.model import CallId
from telephony.ivr.flow import Flow
from telephony.ivr.loader import load_flows
from telephony.ivr.surroundings import Names
from telephony.ivr.walks.acts import Act, HangsUp, Misses, Presses, Speaks
from telephony.store.database import Database
from telephony.store.entries import entry_writes, step_write
from telephony.store.writes import write_all
from tests.fakes.journal import journal
from tests.unit.cli.company import Ringside, company_in
from tests.unit.store.calls import entry

Out = pytest.CaptureFixture[str]
NOW = datetime.now(UTC)
SALES: Sequence[Act] = (Presses(digits="1"), HangsUp())
MESSAGE: Sequence[Act] = (Presses(digits="1"), Misses(), Speaks(), HangsUp())


@pytest.fixture
def ringside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> Ringside:
    made = company_in(tmp_path, monkeypatch)
    assert made("db", "upgrade") == 0
    capsys.readouterr()
    return made


def served(folder: Path) -> Flow:
    names = Names(calendars=frozenset({"office"}), queues=frozenset({"sales", "operator"}))
    return load_flows(folder / "flows", names).flows["main"]


def were(folder: Path, *calls: tuple[str, Sequence[Act], datetime]) -> None:
    """Write calls as they were served, into the company's database."""
    flow = served(folder)
    file = next(folder.rglob("*.db"))
    writes = []
    for call_id, acts, at in calls:
        writes += [step_write(step) for step in journal(flow, acts, call_id=CallId(call_id), at=at)]
        writes += list(entry_writes(entry(call_id, at=at)))

    async def write() -> None:
        async with Database(f"sqlite:///{file}") as database:
            await database.write(lambda connection: write_all(connection, writes))

    asyncio.run(write())


def changed(folder: Path, was: str, now: str) -> str:
    """Return a file of the flow with a change."""
    file = folder / "flows" / "main.yaml"
    other = folder / "new.yaml"
    written = file.read_text()
    assert was in written
    other.write_text(written.replace(was, now))
    return str(other)


def test_a_call_goes_the_same_way_in_the_flow_it_was_served_by(ringside: Ringside, capsys: Out, tmp_path: Path) -> None:
    were(tmp_path, ("c1", SALES, NOW))
    assert ringside("replay", "c1") == 0
    out = capsys.readouterr().out
    assert "same       ask: keys 1 (sales)" in out
    assert out.rstrip().endswith("ends the same: queue sales")


def test_where_a_call_differs_is_shown_step_by_step(ringside: Ringside, capsys: Out, tmp_path: Path) -> None:
    were(tmp_path, ("c1", SALES, NOW))
    new = changed(tmp_path, "queue: sales, otherwise", "queue: operator, otherwise")
    assert ringside("replay", "c1", "--flow", new) == 1
    out = capsys.readouterr().out
    assert "  differs at line:" in out
    assert "    was      line: entered sales" in out
    assert "    would be line: entered operator" in out
    assert "ends elsewhere: was queue sales; would be queue operator" in out
    assert ringside("replay", "c1", "--flow", new, "--json") == 1
    (told,) = json.loads(capsys.readouterr().out)["runs"]
    assert (told["was_end"], told["now_end"], told["ends_elsewhere"]) == ("queue sales", "queue operator", True)


def test_a_published_version_can_be_replayed(ringside: Ringside, capsys: Out, tmp_path: Path) -> None:
    were(tmp_path, ("c1", SALES, NOW))
    assert ringside("flows", "publish", "main", "--without-sound") == 0
    file = tmp_path / "flows" / "main.yaml"
    file.write_text(file.read_text().replace("queue: sales, otherwise", "queue: operator, otherwise"))
    assert ringside("replay", "c1") == 1
    assert ringside("replay", "c1", "--version", "1") == 0
    capsys.readouterr()
    assert ringside("replay", "c1", "--version", "9") == 2
    assert "main has no version 9; there are 1" in capsys.readouterr().err


def test_how_many_callers_end_elsewhere_is_a_table(ringside: Ringside, capsys: Out, tmp_path: Path) -> None:
    hour = timedelta(hours=1)
    calls = [(f"c{n}", SALES if n % 3 else MESSAGE, NOW - n * hour) for n in range(12)]
    were(tmp_path, *calls, ("old", SALES, NOW - timedelta(days=9)))
    new = changed(tmp_path, "queue: sales, otherwise", "queue: operator, otherwise")
    assert ringside("replay", "--since", "2d", "--flow", new) == 1
    out = capsys.readouterr().out
    assert "12 calls of flow main since" in out
    assert "8 of their callers would have ended elsewhere; 12 would have gone another way" in out
    row = next(line for line in out.splitlines() if line.startswith("queue sales"))
    assert row.split() == ["queue", "sales", "queue", "operator", "8", "c11,", "c10,", "c8"]
    assert ringside("replay", "--since", "2d", "--until", (NOW - 6 * hour).isoformat(), "--flow", new, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["calls"] == 5
    assert told["moves"] == [
        {"was": "queue sales", "now": "queue operator", "calls": 4, "examples": ["c11", "c10", "c8"]}
    ]


def test_calls_of_other_flows_are_left_out(ringside: Ringside, capsys: Out, tmp_path: Path) -> None:
    were(tmp_path, ("c1", SALES, NOW))
    other = changed(tmp_path, "flow: main", "flow: other")
    assert ringside("replay", "--since", "7d", "--flow", other) == 0
    assert "0 calls of flow other since" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "fault"),
    [
        ((), 2, "give the id of a call, or --since and --flow"),
        (("c1", "--since", "today"), 2, "give the id of a call, or --since and --flow"),
        (("--since", "yesterday"), 2, "--since needs --flow"),
        (("--since", "noon", "--flow", "main"), 2, "--since must be a date and time"),
        (("--since", "today", "--until", "2020-01-01", "--flow", "main"), 2, "must be after --since"),
        (("c1", "--until", "today"), 2, "--until goes with --since"),
        (("c1",), 1, "there is no journal of a call c1"),
        (("--since", "today", "--flow", "mian"), 2, "no such flow or file: mian (did you mean 'main'?)"),
    ],
)
def test_misuse_is_told(ringside: Ringside, capsys: Out, arguments: tuple[str, ...], code: int, fault: str) -> None:
    assert ringside("replay", *arguments) == code
    assert fault in capsys.readouterr().err


def test_thousands_of_calls_are_read_in_portions_and_replayed_in_seconds(
    ringside: Ringside, capsys: Out, tmp_path: Path
) -> None:
    were(tmp_path, *((f"c{n:04}", SALES, NOW - timedelta(seconds=n)) for n in range(1100)))
    new = changed(tmp_path, "queue: sales, otherwise", "queue: operator, otherwise")
    begun = perf_counter()
    assert ringside("replay", "--since", "1d", "--flow", new) == 1
    assert perf_counter() - begun < 10
    assert "1100 calls of flow main" in capsys.readouterr().out
