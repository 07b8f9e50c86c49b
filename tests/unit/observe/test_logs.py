import io
import json
import logging
from collections.abc import Iterator

import pytest

from telephony.observe.logs import formatter, set_up
from telephony.observe.mask import mask_text


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(json_lines=True, stream=stream))
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)
    logger.propagate = True


def test_a_line_has_its_fixed_text_and_its_fields(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    logger.info("call routed", extra={"action": "call_routed", "call_id": "1700000000.12", "waited_s": 3.5})
    line = json.loads(stream.getvalue())
    assert line["event"] == "call routed"
    assert line["level"] == "info"
    assert line["call_id"] == "1700000000.12"
    assert line["waited_s"] == 3.5
    assert line["timestamp"].endswith("Z")


def test_numbers_that_somebody_forgot_to_mask_are_masked(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    logger.info("from +359888123456", extra={"caller": "+359888123456", "legs": [{"number": "0888 123 457"}]})
    assert "888" not in stream.getvalue()
    line = json.loads(stream.getvalue())
    assert line["event"] == "from …56"
    assert line["caller"] == "…56"
    assert line["legs"] == [{"number": "…57"}]


def test_a_traceback_is_kept_with_its_numbers_masked(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    try:
        raise ValueError("no route to +359888123456")
    except ValueError:
        logger.exception("call broken", extra={"call_id": "1700000000.12"})
    line = json.loads(stream.getvalue())
    assert "ValueError: no route to …56" in line["exception"]


@pytest.mark.parametrize(
    "text",
    [
        "1700000000.123",
        "PJSIP/101-0000002a",
        "2026-12-24T18:00:00+02:00",
        "123e4567-e89b-12d3-a456-426614174000",
        "/var/lib/20261224/recording.wav",
        "127.0.0.1:50381",
        "took 1234 ms",
    ],
)
def test_ids_times_and_addresses_stay_readable(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+359888123456", "…56"),
        ("0888 12-34-56", "…56"),
        ("sip:+359888123456@example.com", "sip:…56@example.com"),
        ("PJSIP/+359888123456@trunk", "PJSIP/…56@trunk"),
        ("Local/0888123456@out-00000001;1", "Local/…56@out-00000001;1"),
    ],
)
def test_telephone_numbers_keep_two_digits(text: str, masked: str) -> None:
    assert mask_text(text) == masked


def test_set_up_replaces_an_earlier_one(capsys: pytest.CaptureFixture[str]) -> None:
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    level = root.level
    stream = io.StringIO()
    try:
        set_up("warning", "json")
        set_up("info", "auto", stream)
        logging.getLogger("telephony.tests").info("once")
        logging.getLogger("aiohttp.access").info("never")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logging.captureWarnings(capture=False)
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["once"]
    assert capsys.readouterr().err == ""
