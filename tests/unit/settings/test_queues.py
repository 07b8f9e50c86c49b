"""What waiting callers are told, as the settings say."""

from pathlib import Path

from telephony.calls.model import QueueName
from telephony.settings import load_settings
from telephony.settings.domain import queues_of
from tests.unit.settings.test_load import faults, loaded, written


def test_callers_are_told_their_place_and_the_time_unless_the_queue_says_otherwise(tmp_path: Path) -> None:
    queues = queues_of(
        loaded(tmp_path, "[queues.sales]\n[queues.service]\nannounce_position = 0\nannounce_wait = false")
    )
    sales, service = queues[QueueName("sales")], queues[QueueName("service")]
    assert (sales.announce_every_s, sales.announce_position, sales.announce_wait) == (45, 10, True)
    assert (service.announce_position, service.announce_wait) == (0, False)


def test_places_that_have_no_sentence_are_refused(tmp_path: Path) -> None:
    [fault] = faults(tmp_path, "[queues.sales]\nannounce_position = 21")
    assert fault == "/config/ringside.toml: queues.sales.announce_position: must be 0 to 20, is 21"


def test_queues_can_be_set_by_the_environment(tmp_path: Path) -> None:
    made = load_settings(written(tmp_path, "[queues.sales]"), {"RINGSIDE__QUEUES__SALES__ANNOUNCE_POSITION": "5"})
    assert queues_of(made)[QueueName("sales")].announce_position == 5
