"""`make bench`: measures everything side by side and writes bench/results.md.

BENCH=quick measures less surely in about two minutes, and only prints. Names of parts measure only those, and only
print: `python -m bench pops`.
"""

import os
import shutil
import sys
import time
from dataclasses import replace
from typing import Any

from bench import customers, keys, many, places, pops, report, throughput, trees, waiting, webhooks
from bench.house import FULL, QUICK, House
from bench.pbx import NoAsteriskHereError, Pbx
from bench.server import LOG, Server

PARTS = ("trees", "throughput", "keys", "pops", "waiting", "many", "webhooks")
USUAL_RATE = 100
"""Calls a second for the many, when the highest was not measured in the same run."""


def main() -> int:
    """Measure; 1 when a target was missed, 2 for misuse, 3 when this machine cannot run it."""
    wanted = sys.argv[1:] or list(PARTS)
    if set(wanted) - set(PARTS):
        print(f"bench: the parts are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    missing = _missing()
    if missing:
        print(f"bench: {missing}", file=sys.stderr)
        return 3
    began = time.monotonic()
    quick = os.environ.get("BENCH") == "quick"
    try:
        pbx = Pbx()
    except NoAsteriskHereError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 3
    _say(f"{places.CUSTOMERS:,} customers: {customers.ensure(places.DATABASE):.0f} s")
    LOG.unlink(missing_ok=True)
    pbx.start()
    try:
        measured = _measure(
            House(pbx=pbx, server=Server({"RINGSIDE_AMI_SECRET": pbx.secret}), pace=QUICK if quick else FULL), wanted
        )
    finally:
        pbx.stop()
    whole = not quick and not sys.argv[1:]
    report.write(measured, time.monotonic() - began, report.RESULTS if whole else places.STATE / "results.md")
    missed = report.misses(measured)
    for each in missed:
        _say(f"missed: {each}")
    return 1 if missed else 0


def _measure(house: House, wanted: list[str]) -> report.Measured:
    """Measure part after part; one that cannot be measured is told of, and costs the others nothing."""
    found = report.Measured(pace=house.pace, asterisk=house.pbx.version)
    for part in wanted:
        _say(part)
        try:
            found = _with(found, part, house)
        except AssertionError as fault:
            _say(f"{part} could not be measured: {fault}")
            found = replace(found, unmeasured={**found.unmeasured, part: str(fault)})
    return found


def _with(found: report.Measured, part: str, house: House) -> report.Measured:
    """Return what was found so far, with one part more. Raises AssertionError when it cannot be measured."""
    measured: dict[str, Any]
    match part:
        case "trees":
            measured = {"trees": trees.measure()}
        case "throughput":
            measured = {"throughput": throughput.measure(house)}
        case "keys":
            measured = {"keys": keys.measure(house)}
        case "pops":
            measured = {"pops": pops.measure(house)}
        case "waiting":
            measured = {"weights": tuple(waiting.measure(house))}
        case "webhooks":
            measured = {"webhooks": webhooks.measure(house)}
        case _:
            rate = max(50, found.throughput.ringside.rate // 2) if found.throughput else USUAL_RATE
            measured = {"many": many.measure(house, rate)}
    return replace(found, **measured)


def _missing() -> str:
    if shutil.which("sipp") is None:
        return "SIPp is missing: apt install sip-tester"
    if shutil.which("wrk") is None:
        return "wrk is missing: apt install wrk"
    if os.geteuid() != 0:
        return "SIPp needs root to send keys as RTP: run it as root"
    return ""


def _say(text: str) -> None:
    print(f"bench: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
