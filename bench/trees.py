"""What trees cost: a step of the engine, the proof of a large flow, and publishing many."""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import places
from telephony.calls.events import Keys, NoInput
from telephony.calls.model import CallId
from telephony.ivr.engine import begin, step
from telephony.ivr.facts import CalendarState, Facts
from telephony.ivr.flow import Flow
from telephony.ivr.loader import load_flows
from telephony.ivr.position import Step
from telephony.ivr.surroundings import Names
from telephony.journey.publishing import change_of
from telephony.store.database import Database
from telephony.store.flows import StoredFlows
from telephony.store.migrate import upgrade

NODES = 2_000
FLOWS = 100
STEPS = 20_000
CHECKS = 5
NAMES = Names(
    calendars=frozenset({"office"}), queues=frozenset({"sales", "service", "operator"}), lookups=frozenset({"orders"})
)
DEMO_KEYS = ("1", "3", "9", "2", "12", "12345")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Medians."""

    step_us: float
    check_s: float
    """The whole process, its start included."""
    publish_s: float
    """Reading, proving and publishing."""


def measure() -> Trees:
    """Measure on this machine, while nothing else runs."""
    flow = load_flows(places.PROJECT / "ivr_flows", NAMES).flows["main"]
    with tempfile.TemporaryDirectory() as scratch:
        return Trees(step_us=_step_us(flow), check_s=_check_s(Path(scratch)), publish_s=_publish_s(Path(scratch)))


def _step_us(flow: Flow) -> float:
    """Return what a step of a call through the demo's menus takes, silences among them."""
    facts = Facts(call_id=CallId("bench"), caller="+359888000001", calendars={"office": CalendarState.OPEN})
    took: list[int] = []
    while len(took) < STEPS:
        taken = begin(flow, facts)
        for key in DEMO_KEYS:
            taken = _timed(flow, taken, Keys(turn=taken.position.turn, digits=key), facts, took)
            if taken.task is not None:
                break
            taken = _timed(flow, taken, NoInput(turn=taken.position.turn), facts, took)
    return statistics.median(took) / 1000


def _timed(flow: Flow, taken: Step, event: Keys | NoInput, facts: Facts, took: list[int]) -> Step:
    began = time.perf_counter_ns()
    after = step(flow, taken.position, event, facts)
    took.append(time.perf_counter_ns() - began)
    return after


def _check_s(scratch: Path) -> float:
    from tests.unit.ivr.large_flow import write_large_flow  # noqa: PLC0415 - the same flow that the tests prove

    file = write_large_flow(scratch / "large", NODES)
    command = [sys.executable, "-m", "telephony", "check", str(file)]
    return statistics.median(_run_s(command) for _ in range(CHECKS + 1))


def _run_s(command: list[str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, cwd=places.PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return time.perf_counter() - began


def _publish_s(scratch: Path) -> float:
    from tests.unit.ivr.large_flow import large_flow, large_texts  # noqa: PLC0415

    folder = scratch / "many"
    (folder / "prompts").mkdir(parents=True)
    for language in ("en", "ru", "bg"):
        (folder / "prompts" / f"{language}.yaml").write_text(large_texts(20), encoding="utf-8")
    for number in range(FLOWS):
        source = large_flow(20).replace("flow: large", f"flow: department_{number}")
        (folder / f"department_{number}.yaml").write_text(source, encoding="utf-8")
    return asyncio.run(_published_s(folder, f"sqlite:///{scratch / 'flows.db'}"))


async def _published_s(folder: Path, url: str) -> float:
    await upgrade(url)
    async with Database(url) as database:
        flows = StoredFlows(database)
        began = time.perf_counter()
        change = change_of(load_flows(folder, NAMES), await flows.live())
        published = await flows.publish(change.drafts, by="bench", note="", at=datetime.now(UTC))
        assert len(published) == FLOWS
        return time.perf_counter() - began
