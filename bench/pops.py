"""From ringing at an agent's phone to the pop at the agent's socket, with a thousand agents connected."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from bench import places, programs
from bench.house import House
from bench.machine import cpu_s

LINE_RATES = (10, 50)
FIRST, LINE_FIRST, WARM_UP_FIRST = 100_000, 500_000, 900_000
"""Who calls: other customers each time, so that none of them was looked up a moment ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pops:
    """One server at one rate. Milliseconds, one for each pop."""

    rate: int
    ms: list[float]
    missing: int
    """Calls without a pop."""
    cpu_ms: float
    """The server's CPU a call."""


@dataclass(slots=True, kw_only=True)
class AllPops:
    """By server: `relay`, `bare`, `ringside`, and `line` for calls that Ringside routes itself."""

    by_server: dict[str, list[Pops]] = field(default_factory=dict)


def measure(house: House) -> AllPops:
    """Ring agents' phones at each rate, with each server in turn."""
    found = AllPops()
    for name in ("relay", "bare"):
        with programs.reference(name, house.pbx.secret) as pid:
            found.by_server[name] = _at_rates(house, pid, places.REFERENCE_PORT, "", house.pace.pops_s)
    with house.ringside() as server:
        found.by_server["ringside"] = _at_rates(house, server.pid, places.WEB_PORT, "ready", house.pace.pops_s)
        rates = {rate: seconds for rate, seconds in house.pace.pops_s.items() if rate in LINE_RATES}
        found.by_server["line"] = _at_rates(
            house, server.pid, places.WEB_PORT, "ready", rates, to=places.LINE, keys="1", first=LINE_FIRST
        )
    return found


def _at_rates(house: House, pid: int, port: int, state: str, rates: dict[int, float], **asked: object) -> list[Pops]:
    measured = []
    for rate, seconds in rates.items():
        house.quiet()
        measured.append(_at_rate(pid, programs.screens(port, state=state), rate, seconds, asked))
        print(f"    {len(measured[-1].ms)} pops at {rate} calls/s", flush=True)
    return measured


def _at_rate(
    pid: int, screens: AbstractContextManager[programs.Screens], rate: int, seconds: float, asked: dict[str, object]
) -> Pops:
    first = int(str(asked.get("first", FIRST))) + rate * 1000
    with screens as connected:
        programs.call(**asked | {"rate": 20, "seconds": 1, "first": WARM_UP_FIRST})
        began = cpu_s(pid)
        called = programs.call(**asked | {"rate": rate, "seconds": seconds, "first": first})
        used_s = cpu_s(pid) - began
    seen = connected.seen_ns
    assert connected.lost == 0, f"{connected.lost} agents' sockets were closed"
    return Pops(
        rate=rate,
        ms=[(seen[number] - at) / 1e6 for number, at in called.rang_ns.items() if number in seen],
        missing=sum(1 for number in called.rang_ns if number not in seen) + called.calls - len(called.rang_ns),
        cpu_ms=used_s / called.calls * 1000,
    )
