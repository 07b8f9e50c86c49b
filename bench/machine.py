"""What the processes cost, and what the machine is."""

import os
import platform
import re
import time
from collections.abc import Callable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Return the CPU seconds a process has used so far, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_kib(pid: int) -> int:
    """Return the memory a process holds now, without the pages of files that it maps (the database)."""
    found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


def wait_until(done: Callable[[], bool], limit_s: float, what: str) -> None:
    """Wait until something holds; AssertionError names it when it does not within the limit."""
    deadline = time.monotonic() + limit_s
    while not done():
        assert time.monotonic() < deadline, f"not within {limit_s:g} s: {what}"
        time.sleep(0.1)


def described() -> str:
    """Return the machine in a line, without its name."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    total = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    memory = f"{int(total[1]) / 2**20:.0f} GiB" if total else "?"
    processor = " ".join(model[1].split()) if model else platform.machine()
    return (
        f"{processor}, {os.cpu_count()} cores, {memory}; {platform.system()} {platform.release().partition('-')[0]}; "
        f"Python {platform.python_version()}"
    )


def percentile(values: list[float], share: float) -> float:
    """Return the value below which this share of the values lies; not a number for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
