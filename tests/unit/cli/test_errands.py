"""PINs, callbacks and calendars from the command line."""

import asyncio
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telephony.calls.model import CallId, CustomerId, QueueName
from telephony.cli.customer_pin import is_weak, pin_fault
from telephony.ports import CallbackPromise
from telephony.store.closings import StoredClosings
from telephony.store.database import Database
from telephony.store.promises import StoredPromises
from tests.unit.cli.company import Ringside
from tests.unit.cli.demo_company import ringside, with_demo

__all__ = ["ringside", "with_demo"]

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def types(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def database(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'data/ringside.db'}")


def promised(folder: Path, queue: str = "sales") -> None:
    async def work() -> None:
        async with database(folder) as store:
            promise = CallbackPromise(
                call_id=CallId(f"1700.{queue}"),
                queue=QueueName(queue),
                number="+359888100001",
                language="bg",
                customer_id=CustomerId("c-1001"),
                at=AT,
            )
            await StoredPromises(store).keep(promise)

    asyncio.run(work())


@pytest.mark.parametrize(
    "pin", ["0000", "1111", "1234", "4321", "7890", "0987", "123456", "1212", "252525", "2580", "1001"]
)
def test_a_pin_that_anybody_tries_first_is_weak(pin: str) -> None:
    assert is_weak(pin, "10001001")


@pytest.mark.parametrize("pin", ["4071", "8305", "7391", "482915"])
def test_other_pins_are_not(pin: str) -> None:
    assert not is_weak(pin, "10001001")


def test_a_pin_is_set_by_what_is_typed_and_never_shown(
    with_demo: Ringside, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, "7391\n")
    assert with_demo("customers", "pin", "c-1002") == 0
    told = capsys.readouterr()
    assert "c-1002 is known on the telephone by the number" in told.out
    assert "7391" not in told.out + told.err
    types(monkeypatch, "7391\n")
    assert with_demo("customers", "pin", "c-1003", "--number", "10001001") == 1
    assert "another customer's" in capsys.readouterr().err
    types(monkeypatch, "1234\n")
    assert with_demo("customers", "pin", "nobody", "--weak") == 1
    assert "no customer nobody" in capsys.readouterr().err
    assert with_demo("customers", "pin", "c-1002", "--clear") == 0
    assert with_demo("customers", "pin", "c-1002", "--clear") == 1


@pytest.mark.parametrize("typed", ["12", "", "123456789", "\u0664\u0660\u0667\u0661", "12a4"])
def test_a_pin_is_4_to_8_digits(typed: str) -> None:
    assert pin_fault(typed, "", weak=True) == "a PIN must be 4 to 8 digits"


def test_a_weak_pin_and_a_number_nobody_can_type_are_misuse(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, "1234\n")
    assert ringside("customers", "pin", "c-1002") == 2
    assert "--weak" in capsys.readouterr().err
    assert ringside("customers", "pin", "c-1002", "--number", "12") == 2


def test_callbacks_are_listed_and_settled_once(
    with_demo: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    promised(tmp_path)
    promised(tmp_path, "service")
    assert with_demo("callbacks", "--queue", "sales") == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == 2
    assert listed[1].split() == ["1", "2026-03-02", "14:00", "sales", "+359888100001", "Georgi", "Stoyanov", "owed"]
    assert with_demo("callbacks", "done", "1", "--by", "maria") == 0
    assert with_demo("callbacks", "cancel", "1") == 1
    assert "done by maria" in capsys.readouterr().err
    assert with_demo("callbacks", "cancel", "2", "--by", "ivan") == 0
    assert with_demo("callbacks", "done", "9") == 1
    assert with_demo("callbacks", "done") == 2
    capsys.readouterr()
    assert with_demo("callbacks", "list") == 0
    assert capsys.readouterr().out == "no callbacks are owed\n"
    assert with_demo("callbacks", "--all", "--json") == 0
    states = [(each["id"], each["state"], each["done_by"]) for each in json.loads(capsys.readouterr().out)]
    assert states == [(1, "done", "maria"), (2, "cancelled", "ivan")]


def test_a_calendar_is_closed_and_opened_by_hand(
    with_demo: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert with_demo("calendars", "--json") == 0
    (before,) = json.loads(capsys.readouterr().out)
    assert before["now"] in {"open", "closed", "holiday"}
    assert before["until"]
    told = ["--until", "2099-12-01T09:00", "--reason", "Flood", "--by", "maria"]
    assert with_demo("calendars", "close", "office", *told) == 0

    async def kept() -> datetime | None:
        async with database(tmp_path) as store:
            (closing,) = await StoredClosings(store).all()
            return closing.until

    assert asyncio.run(kept()) == datetime(2099, 12, 1, 7, tzinfo=UTC)
    capsys.readouterr()
    assert with_demo("calendars") == 0
    assert capsys.readouterr().out.splitlines()[1].split() == (
        ["office", "emergency", "Tue", "2099-12-01", "09:00", "closed", "by", "maria:", "Flood"]
    )
    assert with_demo("calendars", "open", "office") == 0
    assert with_demo("calendars", "open", "office") == 1


def test_closing_and_opening_a_calendar_are_told_to_programs(
    with_demo: Ringside, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*arguments: str) -> dict[str, object]:
        assert with_demo("calendars", *arguments, "--json") == 0
        answer: dict[str, object] = json.loads(capsys.readouterr().out)
        return answer

    capsys.readouterr()
    closed = told("close", "office", "--until", "2099-12-01T09:00", "--reason", "Flood", "--by", "maria")
    assert closed == {
        "calendar": "office",
        "now": "emergency",
        "until": "2099-12-01T07:00:00+00:00",
        "why": "closed by maria: Flood",
    }
    opened = told("open", "office")
    assert opened["calendar"] == "office"
    assert opened["now"] in {"open", "closed", "holiday"}
    assert with_demo("calendars", "open", "office", "--json") == 1
    answer = capsys.readouterr()
    assert json.loads(answer.out)["calendar"] == "office"
    assert answer.err == "office was not closed by hand\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["close"],
        ["close", "workshop"],
        ["close", "office", "--until", "2020-01-01T09:00"],
        ["close", "office", "--until", "tomorrow"],
    ],
)
def test_what_cannot_be_closed_is_misuse(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert ringside("calendars", *arguments) == 2
    assert capsys.readouterr().err
