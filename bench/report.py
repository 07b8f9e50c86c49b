"""Prints what was measured and writes bench/results.md."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench import places
from bench.house import Pace
from bench.keys import Keys
from bench.machine import described, percentile
from bench.many import Many
from bench.pops import AllPops, Pops
from bench.throughput import Found, Throughput
from bench.trees import FLOWS, NODES, Trees
from bench.waiting import Weight
from bench.webhooks import RATE, Answered, Webhooks

RESULTS = places.HERE / "results.md"
POPS_AT = 50
"""Calls a second at which the pops' target holds; of a hundred at a lower rate the p99 is but the second slowest."""
LEAST_RATIO, LONGEST_POP_MS, HEAVIEST_KIB, LONGEST_KEY_ABOVE_MS = 0.6, 15.0, 60.0, 3.0
LONGEST_WEBHOOK_MS, LARGEST_WEBHOOK_RATIO = 50.0, 2.0
LONGEST_STEP_US, LONGEST_CHECK_S, LONGEST_PUBLISH_S = 30.0, 2.0, 1.0
SERVERS = {
    "relay": "raw relay, AMI to WebSocket",
    "bare": "bare server, one SQLite look-up",
    "ringside": "Ringside, a call of the company's own dialplan",
    "line": "Ringside, menu, line, agent",
}
READING = """## How to read it

Everything runs on one machine at the same time: the SIP callers, Asterisk, the server and the agents' sockets share its
cores. So the absolute figures tell what this machine can do, and the ratios tell about Ringside. Native and Ringside
take turns in one run, on the same Asterisk with the same configuration; while native calls are measured a client reads
the same events and does nothing with them. "With everything on" is: the caller is looked up among a million customers,
every step goes to the journal, every call to the ledger and the timeline, and Asterisk writes its CEL file.

- **Calls/s held**: no failed call in a window, the callers on time, and the 99th percentile of the calls' length at
  most 10 % above that at 20 calls/s. Found to 10 calls/s; the median. A call whose keys are not heard fails. The
  machine's own speed changes by the minute, so each round's ratio is to the mean of the dialplan's rounds before and
  after it; the median of these.
- **CPU a call**: of the windows that held at more than half of the held rate; threads included.
- **Key to next prompt**: from sending the first end packet of the key (RFC 4733) to the kernel's stamp on the first
  packet of the next prompt.
- **Ringing to pop**: from just before the phone sends SIP 180 to the `call` event in the agent's client, with all
  agents connected. Each caller is another customer, none looked up before.
- **A call in the cloud**: signed webhooks of new calls by wrk, Poisson on 40 connections; a second wrk tells that each
  is over two seconds later. Both servers are asked in turn, the bare one first and last: medians of the turns, the p99
  of the worst, and the ratio to the bare handler just before and after.
- **A waiting caller**: what the server's own memory (RssAnon) grew by, for each caller.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All parts of one run; None for a part that was not asked for."""

    pace: Pace
    asterisk: str
    trees: Trees | None = None
    throughput: Throughput | None = None
    keys: Keys | None = None
    pops: AllPops | None = None
    weights: tuple[Weight, ...] = ()
    many: Many | None = None
    webhooks: Webhooks | None = None
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    """Why a part could not be measured, by its name."""


def text_of(measured: Measured, took_s: float) -> str:
    """Return the whole report."""
    machine = f"{datetime.now(UTC):%Y-%m-%d}. {described()}; Asterisk {measured.asterisk}."
    size = f"{places.CUSTOMERS:,} customers, {places.AGENTS:,} agents."
    how = f"{_how(measured.pace)}, {took_s / 60:.0f} minutes: `make bench` makes this page."
    parts = ["# What Ringside takes\n", f"{machine} {size} {how}\n"]
    if measured.trees:
        parts.append(_trees(measured.trees))
    if measured.throughput:
        parts.append(_throughput(measured.throughput))
    if measured.keys:
        parts.append(_keys(measured.keys))
    if measured.pops:
        parts.append(_pops(measured.pops))
    if measured.weights:
        parts.append(_weights(measured.weights))
    if measured.many:
        parts.append(_many(measured.many))
    if measured.webhooks:
        parts.append(_webhooks(measured.webhooks))
    parts += [f"## {part.capitalize()}: not measured\n\n{why}\n" for part, why in measured.unmeasured.items()]
    return "\n".join((*parts, READING))


def write(measured: Measured, took_s: float, file: Path = RESULTS) -> None:
    """Print the report and keep it."""
    text = text_of(measured, took_s)
    file.write_text(text, encoding="utf-8")
    print("\n" + text)


def misses(measured: Measured) -> list[str]:
    """Return the targets that were missed, in words."""
    found = [f"{part} could not be measured: {why}" for part, why in measured.unmeasured.items()]
    found += _missed_of_trees(measured.trees) if measured.trees else []
    if measured.throughput and measured.throughput.ratio < LEAST_RATIO:
        found.append(f"{measured.throughput.ratio:.2f} of native calls/s, wanted {LEAST_RATIO}")
    found += _missed_of_pops(measured.pops) if measured.pops else []
    if measured.keys:
        above = percentile(measured.keys.ringside, 0.99) - percentile(measured.keys.native, 0.99)
        if above > LONGEST_KEY_ABOVE_MS:
            found.append(f"key to prompt p99 {above:.1f} ms above native, wanted {LONGEST_KEY_ABOVE_MS:g}")
        if measured.keys.unheard:
            found.append(f"{measured.keys.unheard} calls did not come to their end while keys were measured")
    found += [f"{each.kib:.0f} KiB a caller in {each.where}" for each in measured.weights if each.kib > HEAVIEST_KIB]
    many = measured.many
    if many and not many.failed == many.dead_letters == many.dropped_events == 0:
        found.append(f"of {many.calls} calls {many.failed} failed")
    if many and not many.entries == many.whole_entries == many.derived == many.calls:
        found.append(f"of {many.calls} calls {many.whole_entries} stand whole in the timeline")
    return found + (_missed_of_webhooks(measured.webhooks) if measured.webhooks else [])


def _missed_of_pops(pops: AllPops) -> list[str]:
    return [
        f"pop p99 {ms:.1f} ms at {each.rate} calls/s ({SERVERS[name]}), wanted {LONGEST_POP_MS:g}"
        for name in ("ringside", "line")
        for each in pops.by_server[name]
        if each.rate >= POPS_AT and (ms := percentile(each.ms, 0.99)) > LONGEST_POP_MS
    ]


def _missed_of_webhooks(webhooks: Webhooks) -> list[str]:
    ours, found = webhooks.ringside, []
    if ours.p99_ms > LONGEST_WEBHOOK_MS:
        found.append(f"webhook p99 {ours.p99_ms:.1f} ms, wanted {LONGEST_WEBHOOK_MS:g}")
    if webhooks.latency_ratio > LARGEST_WEBHOOK_RATIO:
        found.append(
            f"a webhook takes {webhooks.latency_ratio:.2f} times the bare one, wanted {LARGEST_WEBHOOK_RATIO:g}"
        )
    if ours.odd or ours.lost:
        found.append(f"{ours.odd} webhooks got another answer and {ours.lost} none")
    return found


def _webhooks(webhooks: Webhooks) -> str:
    def row(name: str, of: Answered) -> str:
        return f"| {name} | {of.rate:.0f} | {of.p50_ms:.2f} / {of.p99_ms:.2f} | {of.cpu_ms:.2f} | {of.odd + of.lost} |"

    least, most = min(webhooks.latency_ratios), max(webhooks.latency_ratios)
    ratios = f"{webhooks.latency_ratio:.2f} times the bare handler ({least:.2f} to {most:.2f})"
    head = f"## A call in the cloud, {RATE} a second: {ratios} (target: at most {LARGEST_WEBHOOK_RATIO:g})\n\n"
    return (
        head
        + _table(
            f"| server | calls/s | webhook answered, ms, p50 / p99 (target: {LONGEST_WEBHOOK_MS:g}) | CPU ms a call "
            "| unanswered or wrong |",
            row("bare handler: signature, fixed TwiML", webhooks.bare),
            row("Ringside, everything on", webhooks.ringside),
        )
        + f"\nA call takes {webhooks.cpu_ratio:.1f} times the CPU, its end told by a second webhook, its customer "
        f"looked up and {webhooks.entries:,} entries written included.\n"
    )


def _how(pace: Pace) -> str:
    return "Full run" if pace.rounds > 1 else "Quick run"


def _table(head: str, *rows: str) -> str:
    columns = head.count("|") - 1
    return "\n".join((head, "|" + "---|" * columns, *rows)) + "\n"


def _throughput(found: Throughput) -> str:
    def row(name: str, of: Found) -> str:
        rounds = ", ".join(str(rate) for rate in of.held)
        asterisk = of.at_held(lambda window: window.asterisk_ms)
        server = of.at_held(lambda window: window.server_ms)
        return (
            f"| {name} | **{of.rate}** ({rounds}) | {asterisk:.1f} | {f'{server:.1f}' if server else '-'} "
            f"| {of.low.p50_s:.2f} / {of.low.p99_s:.2f} |"
        )

    rows = [row("native dialplan", found.native), row("Ringside, everything on", found.ringside)]
    if found.native_without_ledger:
        rows.append(row("native dialplan without CEL", found.native_without_ledger))
    return (
        f"## Calls/s: {found.ratio:.2f} of native (target: at least {LEAST_RATIO})\n\n"
        "Three menus: answer, prompt, key, prompt, key, prompt, hang up. By round: "
        f"{', '.join(f'{ratio:.2f}' for ratio in found.ratios)}.\n\n"
        + _table(
            "| control of the call | calls/s held (rounds) | CPU ms a call: Asterisk | server "
            "| call length at 20/s, s, p50 / p99 |",
            *rows,
        )
    )


def _missed_of_trees(trees: Trees) -> list[str]:
    figures = (
        ("a step of the engine, us", trees.step_us, LONGEST_STEP_US),
        (f"the check of {NODES:,} nodes, s", trees.check_s, LONGEST_CHECK_S),
        (f"reading and publishing {FLOWS} flows, s", trees.publish_s, LONGEST_PUBLISH_S),
    )
    return [f"{what}: {took:.2f}, wanted {target:g}" for what, took, target in figures if took > target]


def _trees(trees: Trees) -> str:
    return "## Trees\n\n" + _table(
        "| what | target | median |",
        f"| a step of the engine, demo flow | {LONGEST_STEP_US:g} us | {trees.step_us:.1f} us |",
        f"| `ringside check` of {NODES:,} nodes, whole process | {LONGEST_CHECK_S:g} s | {trees.check_s:.2f} s |",
        f"| reading, proving and publishing {FLOWS} flows | {LONGEST_PUBLISH_S:g} s | {trees.publish_s:.2f} s |",
    )


def _keys(keys: Keys) -> str:
    def row(name: str, pressed: list[float], first: list[float]) -> str:
        return f"| {name} | {_both(pressed)} | {_both(first)} | {len(pressed)} |"

    return (
        f"## Key to next prompt, 50 calls/s (target: p99 at most {LONGEST_KEY_ABOVE_MS:g} ms above native)\n\n"
        + _table(
            "| control of the call | key to next prompt, ms, p50 / p99 | answer to first prompt, p50 / p99 | keys |",
            row("native dialplan", keys.native, keys.native_first),
            row("Ringside, everything on", keys.ringside, keys.ringside_first),
        )
        + (f"\n{keys.unheard} calls did not come to their end.\n" if keys.unheard else "")
    )


def _pops(pops: AllPops) -> str:
    def row(name: str, found: Pops) -> str:
        return f"| {name} | {found.rate} | {_both(found.ms)} | {found.cpu_ms:.1f} | {len(found.ms)} | {found.missing} |"

    rows = [row(name, found) for key, name in SERVERS.items() for found in pops.by_server.get(key, [])]
    return f"## Ringing to pop (target: p99 at most {LONGEST_POP_MS:g} ms at {POPS_AT} calls/s)\n\n" + _table(
        "| server | calls/s | ringing to pop, ms, p50 / p99 | CPU ms a call | pops | missing |", *rows
    )


def _weights(weights: tuple[Weight, ...]) -> str:
    rows = [f"| {each.where} | {each.callers} | {each.kib:.1f} | {each.cpu_share:.0%} |" for each in weights]
    return f"## A waiting caller (target: at most {HEAVIEST_KIB:g} KiB)\n\n" + _table(
        "| waits in | callers | KiB each, server | one core's share for all of them |", *rows
    )


def _many(many: Many) -> str:
    return f"## {many.calls:,} calls in a row, {many.rate} a second\n\n" + _table(
        "| failed | in the timeline | of them whole | in the ledger derived from Asterisk's file | dead letters "
        "| dropped events | CPU ms a call |",
        f"| {many.failed} | {many.entries:,} | {many.whole_entries:,} | {many.derived:,} | {many.dead_letters} "
        f"| {many.dropped_events} | {many.server_ms:.1f} |",
    )


def _both(values: list[float]) -> str:
    return f"{percentile(values, 0.5):.2f} / {percentile(values, 0.99):.2f}"
