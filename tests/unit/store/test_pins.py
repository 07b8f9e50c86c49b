"""Numbers and PINs: who is believed on the telephone, and how guessing ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from telephony.calls.model import CustomerId
from telephony.errors import StoreUnavailableError
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database
from telephony.store.demo import load_demo
from telephony.store.erase import erase_customer, export_customer
from telephony.store.faults import StoreRefusedError
from telephony.store.pins import LOCKED_FOR, MOST_WAITING, WRONG_LIMIT, StoredPins, clear_pin, set_pin
from tests.unit.store.calls import GEORGI, NOON, Noon
from tests.unit.store.test_customers import COMPANY, secrets_of

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
EMMA, ELENA = CustomerId("c-1004"), CustomerId("c-1002")
NUMBER, PIN = "20002000", "7319"


@pytest.fixture
def clock() -> Noon:
    return Noon()


@pytest.fixture
async def pins(database: Database, clock: Noon) -> AsyncIterator[StoredPins]:
    await load_demo(database, COMPANY, now=NOON, credentials=secrets_of)
    await set_pin(database, GEORGI, CHEAP.hash(PIN), NUMBER)
    pins = StoredPins(database, StoredCustomers(database, clock), clock, hasher=CHEAP)
    yield pins
    pins.close()


async def who(pins: StoredPins, number: str, pin: str) -> str | None:
    found = await pins.verify(number, pin)
    return found.customer.id if found else None


async def test_the_right_pair_gives_the_customers_record_and_no_other_does(pins: StoredPins) -> None:
    assert await who(pins, NUMBER, PIN) == GEORGI
    assert await who(pins, NUMBER, "7318") is None
    assert await who(pins, "20002001", PIN) is None
    assert await who(pins, "", "") is None


async def test_the_demo_company_has_customers_with_a_pin(pins: StoredPins) -> None:
    assert await who(pins, "10001004", "8305") == EMMA


async def test_the_demo_loaded_again_keeps_a_pin_that_was_changed(pins: StoredPins, database: Database) -> None:
    await load_demo(database, COMPANY, now=NOON, credentials=secrets_of)
    assert await who(pins, NUMBER, PIN) == GEORGI


async def test_ten_wrong_pins_lock_a_number_for_a_while_for_the_right_one_too(pins: StoredPins, clock: Noon) -> None:
    for _ in range(WRONG_LIMIT):
        assert await who(pins, NUMBER, "0000") is None
    assert await who(pins, NUMBER, PIN) is None
    clock.time += LOCKED_FOR - timedelta(seconds=1)
    assert await who(pins, NUMBER, PIN) is None
    clock.time += timedelta(seconds=1)
    assert await who(pins, NUMBER, PIN) == GEORGI


async def test_a_right_pin_forgives_the_wrong_ones_before_it(pins: StoredPins) -> None:
    for _ in range(3):
        for _ in range(WRONG_LIMIT - 1):
            await who(pins, NUMBER, "0000")
        assert await who(pins, NUMBER, PIN) == GEORGI


async def test_wrong_pins_of_one_number_lock_no_other(pins: StoredPins) -> None:
    for _ in range(WRONG_LIMIT):
        await who(pins, NUMBER, "0000")
    assert await who(pins, "10001004", "8305") == EMMA


async def test_many_calls_at_once_get_no_more_tries_than_one(pins: StoredPins, database: Database) -> None:
    guesses = [f"{guess:04}" for guess in range(WRONG_LIMIT)] + [PIN] * 5
    assert await asyncio.gather(*(who(pins, NUMBER, guess) for guess in guesses)) == [None] * len(guesses)


async def test_more_checks_than_a_machine_can_make_are_refused_at_once(pins: StoredPins) -> None:
    every = [pins.verify(NUMBER, PIN) for _ in range(MOST_WAITING + 1)]
    found = await asyncio.gather(*every, return_exceptions=True)
    assert [each for each in found if isinstance(each, StoreUnavailableError)]


async def test_a_new_pin_unlocks_and_the_number_stays(pins: StoredPins, database: Database) -> None:
    for _ in range(WRONG_LIMIT):
        await who(pins, NUMBER, "0000")
    assert await set_pin(database, GEORGI, CHEAP.hash("5802")) == NUMBER
    assert await who(pins, NUMBER, "5802") == GEORGI


async def test_a_customer_without_a_number_gets_a_free_one(pins: StoredPins, database: Database) -> None:
    number = await set_pin(database, ELENA, CHEAP.hash(PIN))
    assert number is not None
    assert len(number) == 8
    assert await who(pins, number, PIN) == ELENA
    assert await pins.customer_of(number) == ELENA
    assert await set_pin(database, CustomerId("nobody"), CHEAP.hash(PIN)) is None


async def test_two_customers_cannot_have_one_number(pins: StoredPins, database: Database) -> None:
    with pytest.raises(StoreRefusedError):
        await set_pin(database, ELENA, CHEAP.hash(PIN), NUMBER)


async def test_a_pin_that_was_cleared_or_whose_customer_was_erased_is_gone(
    pins: StoredPins, database: Database
) -> None:
    assert NUMBER in (await export_customer(database, GEORGI) or "")
    assert "argon2" not in (await export_customer(database, GEORGI) or "")
    assert await clear_pin(database, EMMA)
    assert not await clear_pin(database, EMMA)
    await erase_customer(database, GEORGI)
    assert await pins.customer_of(NUMBER) is None
    assert await who(pins, "10001004", "8305") is None
