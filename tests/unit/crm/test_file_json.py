"""A file as a source: for a small list, and for the demo shop."""

import os
from pathlib import Path

import pytest

from telephony.crm.file_json import FileSource
from telephony.errors import LookupFailedError
from telephony.ivr.expressions import ValueType

ORDERS = Path(__file__).parents[3] / "config/demo/orders.json"
GIVES = (("status", ValueType.TEXT), ("total", ValueType.NUMBER), ("shelf", ValueType.WHOLE))


async def test_the_demo_shop_knows_its_orders() -> None:
    source = FileSource(ORDERS)
    assert await source.ask({"order": "20790"}, GIVES) == {"status": "ready", "total": 129.9, "shelf": 14}
    assert await source.ask({"order": "1"}, GIVES) is None


async def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    file.write_text('{"1": {"status": "sent"}}')
    source = FileSource(file)
    assert await source.ask({"order": "1"}, GIVES[:1]) == {"status": "sent"}
    file.write_text('{"1": {"status": "lost"}}')
    os.utime(file, (1, 1))
    assert await source.ask({"order": "1"}, GIVES[:1]) == {"status": "lost"}


@pytest.mark.parametrize(
    ("written", "reason"),
    [(None, "cannot be read"), ("{", "is not JSON"), ("[]", "one JSON object"), (" " * 6_000_000, "larger than 5 MiB")],
)
async def test_a_file_that_cannot_be_used_fails(tmp_path: Path, written: str | None, reason: str) -> None:
    file = tmp_path / "orders.json"
    if written is not None:
        file.write_text(written)
    with pytest.raises(LookupFailedError, match=reason):
        await FileSource(file).ask({"order": "1"}, GIVES)


async def test_a_file_is_looked_up_by_one_value() -> None:
    with pytest.raises(LookupFailedError, match="one value"):
        await FileSource(ORDERS).ask({"order": "1", "customer": "2"}, GIVES)
