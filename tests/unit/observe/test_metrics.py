from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from telephony.calls.model import Direction, Disposition
from telephony.observe.metrics import Metrics, Readings


def samples(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(metrics.render().decode())
    return {(s.name, tuple(s.labels.values())): s.value for family in families for s in family.samples}


def test_calls_are_counted_by_how_they_ended() -> None:
    metrics = Metrics()
    metrics.call_ended(Direction.INBOUND, Disposition.ANSWERED)
    metrics.call_ended(Direction.INBOUND, Disposition.ANSWERED)
    metrics.call_ended(Direction.INBOUND, Disposition.ABANDONED)
    found = samples(metrics)
    assert found["ringside_calls_total", ("inbound", "answered")] == 2
    assert found["ringside_calls_total", ("inbound", "abandoned")] == 1


def test_the_running_parts_are_asked_at_each_scrape() -> None:
    now = [
        Readings(
            live_calls=3, waiting=(("sales", 2),), carrier_up=(("asterisk", 1),), dropped_events=(("asterisk", 7),)
        )
    ]
    metrics = Metrics(lambda: now[0], version="0.1.0")
    found = samples(metrics)
    assert found["ringside_live_calls", ()] == 3
    assert found["ringside_waiting_callers", ("sales",)] == 2
    assert found["ringside_carrier_up", ("asterisk",)] == 1
    assert found["ringside_dropped_events_total", ("asterisk",)] == 7
    assert found["ringside_build_info", ("0.1.0",)] == 1
    now[0] = replace(now[0], live_calls=0)
    assert samples(metrics)["ringside_live_calls", ()] == 0


def test_pops_are_measured_and_late_records_counted() -> None:
    metrics = Metrics()
    metrics.pop_shown(0.003)
    metrics.pop_shown(0.2, late=True)
    metrics.wait_ended("sales", 12)
    metrics.fault("call")
    found = samples(metrics)
    assert found["ringside_pop_seconds_bucket", ("0.005",)] == 1
    assert found["ringside_pop_seconds_count", ()] == 2
    assert found["ringside_late_records_total", ()] == 1
    assert found["ringside_wait_seconds_sum", ("sales",)] == 12
    assert found["ringside_faults_total", ("call",)] == 1


def test_two_servers_in_one_process_do_not_share_counters() -> None:
    one, other = Metrics(), Metrics()
    one.fault("call")
    assert ("ringside_faults_total", ("call",)) not in samples(other)
