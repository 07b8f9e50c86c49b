"""Many calls in a row: none may fail, and each must stand in the timeline and in the ledger."""

import csv
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass

from bench import load, places
from bench.house import House
from bench.machine import wait_until
from bench.pbx import CEL_FILE

COLUMNS = (
    "eventtype", "eventtime", "cid_name", "cid_num", "cid_ani", "cid_dnid", "exten", "context", "channame",
    "appname", "appdata", "uniqueid", "linkedid", "peer", "userfield", "extra",
)  # fmt: skip
WRITTEN_LIMIT_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """What came of all the calls."""

    rate: int
    calls: int
    failed: int
    entries: int
    whole_entries: int
    """Entries with legs, a known customer, and all steps of the journey."""
    derived: int
    """Calls that `ringside ledger derive` finds in Asterisk's own file."""
    dead_letters: int
    dropped_events: int
    server_ms: float


def measure(house: House, rate: int) -> Many:
    """Place the calls at this rate, then count what was written."""
    with house.ringside() as server:
        before = _entries()
        window = load.run(places.MENUS, rate, house.pace.many, asterisk=house.pbx.pid, server=server.pid)
        wait_until(server.is_idle, WRITTEN_LIMIT_S, "the end of writing")
        wait_until(lambda: _entries()[0] - before[0] >= house.pace.many, WRITTEN_LIMIT_S, "every entry")
        dropped, dead = server.reading("ringside_dropped_events_total"), server.reading("ringside_writer_dead_total")
    after = _entries()
    return Many(
        rate=rate,
        calls=window.calls,
        failed=window.failed,
        entries=after[0] - before[0],
        whole_entries=after[1] - before[1],
        derived=_derived(),
        dead_letters=int(dead),
        dropped_events=int(dropped),
        server_ms=window.server_ms,
    )


def _entries() -> tuple[int, int]:
    with closing(sqlite3.connect(places.DATABASE, timeout=10)) as connection:
        ours = "id NOT BETWEEN 'e-' AND 'e.'"
        count = connection.execute(f"SELECT count(*) FROM entries WHERE {ours}").fetchone()[0]
        whole = connection.execute(
            f"SELECT count(*) FROM entries e WHERE e.{ours} AND e.legs != '[]' AND e.customer_id IS NOT NULL"
            " AND e.ended_at IS NOT NULL"
            " AND (SELECT count(*) FROM steps s WHERE s.call_id = e.id AND s.event = 'keys') = 2"
        ).fetchone()[0]
    return count, whole


def _derived() -> int:
    file = places.STATE / "ledger.csv"
    with file.open("w", newline="") as target:
        csv.writer(target).writerow(COLUMNS)
        target.write(CEL_FILE.read_text(errors="replace"))
    done = subprocess.run(
        [sys.executable, "-m", "telephony", "ledger", "derive", "--cel", str(file)],
        cwd=places.PROJECT, env=os.environ | {"RINGSIDE_CONFIG": str(places.STATE / "ringside.toml")},
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return len({json.loads(line)["linkedid"] for line in done.stdout.splitlines()})
