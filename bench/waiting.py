"""What a waiting caller weighs in Ringside's memory: in the line, and in a menu."""

import shutil
import subprocess
import time
from dataclasses import dataclass

from bench import places, programs
from bench.house import House
from bench.machine import cpu_s, memory_kib, wait_until
from bench.server import Server

# isort: split
from pbx import sip

RATE = 50
"""Callers a second while they come: those who wait already hear music, and calls are to be held, not failed."""
SETTLE_S = 3.0
WARM_UP = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Of one caller."""

    where: str
    callers: int
    kib: float
    cpu_share: float
    """What the server needs for all of them while nothing happens, as a share of one core."""


def measure(house: House) -> list[Weight]:
    """Hold many callers in the line, then in a menu; a server that has just started each time."""
    return [_weigh(house, "the line", places.LINE, "1"), _weigh(house, "a menu", places.LONG_MENU, "")]


def _weigh(house: House, where: str, to: str, keys: str) -> Weight:
    with house.ringside() as server, programs.screens(places.WEB_PORT, state="away", agents=places.AGENTS):
        _hold(house, server, to, keys=keys, callers=WARM_UP, for_s=1)
        time.sleep(SETTLE_S)
        before = memory_kib(server.pid)
        held = _hold(house, server, to, keys=keys, callers=house.pace.held, for_s=5)
        return Weight(
            where=where,
            callers=house.pace.held,
            kib=(held[0] - before) / house.pace.held,
            cpu_share=held[1],
        )


def _hold(house: House, server: Server, to: str, *, keys: str, callers: int, for_s: float) -> tuple[int, float]:
    """Return the memory (KiB) and CPU share with so many callers held, and let them go."""
    folder = places.STATE / "sipp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    steps = (*(part for key in keys for part in (sip.Wait(0.6), sip.Press(key))), sip.Wait(600), sip.HangUp())
    text = sip.caller(folder, to=to, number="+359887[call_number]", steps=steps)
    (folder / "scenario.xml").write_text(text, encoding="utf-8")
    callers_process = subprocess.Popen(
        [
            "sipp", f"{places.HOST}:{places.SIP_PORT}", "-sf", "scenario.xml", "-i", places.HOST,
            "-p", str(places.CALLERS_PORT), "-mp", str(places.CALLERS_MEDIA_PORT), "-r", str(RATE),
            "-m", str(callers), "-l", str(callers), "-nostdin",
        ],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until(lambda: _held(server, keys) >= callers, callers / RATE + 30, f"{callers} callers held")
        time.sleep(SETTLE_S)
        began, at = cpu_s(server.pid), time.monotonic()
        time.sleep(for_s)
        share = (cpu_s(server.pid) - began) / (time.monotonic() - at)
        return memory_kib(server.pid), share
    finally:
        callers_process.kill()
        callers_process.wait()
        house.pbx.ask("channel request hangup all")
        house.quiet()


def _held(server: Server, keys: str) -> float:
    return server.reading("ringside_waiting_callers" if keys else "ringside_agi_sessions")
