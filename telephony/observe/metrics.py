"""What /metrics tells: counted here, or read from the running parts when somebody asks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from telephony.calls.model import Direction, Disposition

POP_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)
WAIT_BUCKETS_S = (1, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
Named = tuple[tuple[str, float], ...]
"""A value for each of several names, e.g. waiting callers by queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The state of the running parts at one moment."""

    live_calls: int = 0
    waiting: Named = ()
    agents: Named = ()
    """Agents by state."""
    screens: int = 0
    """Open browsers of agents."""
    writer_backlog: int = 0
    writer_spilled: int = 0
    writer_dead: int = 0
    """Writes put aside because the database refuses them for good."""
    carrier_up: Named = ()
    """1 for a carrier that can be reached, 0 for one that cannot."""
    dropped_events: Named = ()
    reconnects: Named = ()
    lines: Named = ()
    """Callers on a line of ours, by carrier."""
    agi_sessions: int = 0


class Metrics:
    """The counters of one server, in a registry of its own.

    `read` is asked for the state of the running parts at each scrape; it must not block.
    """

    def __init__(self, read: Callable[[], Readings] = Readings, version: str = "") -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Live(read, version))
        self._calls = Counter(
            "ringside_calls", "Calls that ended.", ["direction", "disposition"], registry=self._registry
        )
        self._pops = Histogram(
            "ringside_pop_seconds",
            "From ringing at the phone to the pop handed to the agent's socket.",
            buckets=POP_BUCKETS_S,
            registry=self._registry,
        )
        self._late = Counter(
            "ringside_late_records", "Pops shown before their record was known.", registry=self._registry
        )
        self._waits = Histogram(
            "ringside_wait_seconds",
            "From joining the line to an answer or the end.",
            ["queue"],
            buckets=WAIT_BUCKETS_S,
            registry=self._registry,
        )
        self._faults = Counter(
            "ringside_faults", "Faults of our own, by the part they hurt.", ["part"], registry=self._registry
        )

    def call_ended(self, direction: Direction, disposition: Disposition) -> None:
        """Count a call."""
        self._calls.labels(direction.value, disposition.value).inc()

    def pop_shown(self, after_s: float, *, late: bool = False) -> None:
        """Count a pop; `late` when its record was not known yet."""
        self._pops.observe(after_s)
        if late:
            self._late.inc()

    def wait_ended(self, queue: str, after_s: float) -> None:
        """Count a wait in a line. `queue` is a configured name, never a caller's text: labels live for ever."""
        self._waits.labels(queue).observe(after_s)

    def fault(self, part: str) -> None:
        """Count a fault of our own, e.g. a bug that hurt one call."""
        self._faults.labels(part).inc()

    def render(self) -> bytes:
        """Return everything in Prometheus' text format (version 0.0.4)."""
        return generate_latest(self._registry)


class _Live(Collector):
    """Asks the running parts at each scrape, so that a figure is never older than the scrape."""

    def __init__(self, read: Callable[[], Readings], version: str) -> None:
        self._read = read
        self._version = version

    def describe(self) -> list[Metric]:
        """Return nothing: names must be known without asking parts that may not run yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        now = self._read()
        build = GaugeMetricFamily("ringside_build_info", "The version that runs.", labels=["version"])
        build.add_metric([self._version], 1)
        yield build
        yield GaugeMetricFamily("ringside_live_calls", "Calls in our hands.", value=now.live_calls)
        yield GaugeMetricFamily("ringside_agent_screens", "Open browsers of agents.", value=now.screens)
        yield GaugeMetricFamily("ringside_writer_backlog", "Writes not in the database yet.", value=now.writer_backlog)
        yield GaugeMetricFamily("ringside_writer_spilled", "Writes kept in a file for now.", value=now.writer_spilled)
        yield CounterMetricFamily("ringside_writer_dead", "Writes put aside for good.", value=now.writer_dead)
        yield GaugeMetricFamily("ringside_agi_sessions", "Calls on a FastAGI session.", value=now.agi_sessions)
        yield _gauge("ringside_waiting_callers", "Callers who wait.", "queue", now.waiting)
        yield _gauge("ringside_agents", "Agents by state.", "state", now.agents)
        yield _gauge("ringside_carrier_up", "1 when the carrier can be reached.", "carrier", now.carrier_up)
        yield _gauge("ringside_carrier_lines", "Callers on a line of ours.", "carrier", now.lines)
        yield _counter("ringside_dropped_events", "Network events lost to overflow.", "carrier", now.dropped_events)
        yield _counter("ringside_reconnects", "Times a link was made anew.", "carrier", now.reconnects)


def _gauge(name: str, text: str, label: str, values: Named) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values:
        family.add_metric([key], value)
    return family


def _counter(name: str, text: str, label: str, values: Named) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for key, value in values:
        family.add_metric([key], value)
    return family
