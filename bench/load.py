"""One window of SIPp callers: so many a second, who press two keys and must be hung up on."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench import places
from bench.machine import cpu_s, percentile

# isort: split
from pbx import sip

THINKING_S = 0.4
PROMPT_S = 0.3
UNTIL_BYE = sip.UntilBye(10)
SLACK_S = 3.0
"""How much later than planned the last call may begin before the callers count as too slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a window gave. CPU is in milliseconds a call."""

    rate: int
    calls: int
    failed: int
    p50_s: float
    p99_s: float
    asterisk_ms: float
    server_ms: float
    on_time: bool
    """The callers kept the rate."""


def run(to: str, rate: int, calls: int, *, asterisk: int, server: int | None, first: int = 0) -> Window:
    """Let `calls` callers dial `to`, `rate` a second; `first` is the customer who dials first."""
    folder = places.STATE / "sipp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "scenario.xml").write_text(scenario(folder, to), encoding="utf-8")
    _numbers(folder / "numbers.csv", calls, first)
    before = _cpu(asterisk), _cpu(server)
    began = time.monotonic()
    subprocess.run(_command(rate, calls), cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    took_s = time.monotonic() - began
    lengths = _lengths(folder)
    return Window(
        rate=rate,
        calls=calls,
        failed=calls - len(lengths),
        p50_s=percentile(lengths, 0.5),
        p99_s=percentile(lengths, 0.99),
        asterisk_ms=(_cpu(asterisk) - before[0]) / calls * 1000,
        server_ms=(_cpu(server) - before[1]) / calls * 1000,
        on_time=took_s < calls / rate + (max(lengths) if lengths else 0) + SLACK_S,
    )


def scenario(folder: Path, to: str) -> str:
    """Return a SIPp scenario whose calls are timed from INVITE to BYE."""
    pressed = [step for key in "12" for step in (sip.Wait(PROMPT_S + THINKING_S), sip.Press(key))]
    text = sip.caller(folder, to=to, number="[field0]", steps=(*pressed, UNTIL_BYE))
    last = '<recv request="BYE" timeout="10000" next="bye"/>'
    assert last in text
    return text.replace('<send retrans="500">', '<send retrans="500" start_rtd="1">', 1).replace(
        last, last.replace(" next", ' rtd="1" next')
    )


def _command(rate: int, calls: int) -> list[str]:
    limit_s = calls / rate + 40
    return [
        "sipp", f"{places.HOST}:{places.SIP_PORT}", "-sf", "scenario.xml", "-inf", "numbers.csv", "-i", places.HOST,
        "-p", str(places.CALLERS_PORT), "-mp", str(places.CALLERS_MEDIA_PORT), "-r", str(rate), "-m", str(calls),
        "-l", str(max(1000, rate * 12)), "-nostdin", "-timeout", str(int(limit_s)), "-trace_rtt", "-rtt_freq", "1",
        "-buff_size", "4000000",
    ]  # fmt: skip


def _numbers(file: Path, calls: int, first: int) -> None:
    step = 7919  # spread over the million, so that not only neighbours are looked up
    numbers = (places.number_of((first + i * step) % places.CUSTOMERS) for i in range(calls))
    file.write_text("SEQUENTIAL\n" + "".join(f"{number};\n" for number in numbers))


def _lengths(folder: Path) -> list[float]:
    """Return the lengths of the calls that were hung up on as they should, in seconds."""
    rows = (line.split(";") for file in folder.glob("*_rtt.csv") for line in file.read_text().splitlines()[1:])
    return [float(row[1]) / 1000 for row in rows if len(row) > 1 and row[1]]


def _cpu(pid: int | None) -> float:
    return cpu_s(pid) if pid is not None and os.path.exists(f"/proc/{pid}") else 0.0  # noqa: PTH110
