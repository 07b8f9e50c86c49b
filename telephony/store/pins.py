"""Customers' numbers and PINs: who may say on the telephone that it is them."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, text

from telephony.calls.model import CustomerId
from telephony.customers.record import CustomerRecord
from telephony.errors import StoreUnavailableError
from telephony.ports import Clock, RecordSource
from telephony.store.database import Database
from telephony.store.times import to_us

WRONG_LIMIT = 10
"""Wrong PINs of one number, over any calls and any time, until the number is locked; a right one starts anew."""
LOCKED_FOR = timedelta(minutes=15)
AT_ONCE = 2
"""Each check takes 64 MiB and a core; with some 50 ms for each, no more than 40 PINs a second are tried in all."""
MOST_WAITING = 40

# Counted before the PIN is looked at: a hundred calls at once get no more tries than one.
_COUNT = text(
    "UPDATE customer_pins SET"
    " failures = CASE WHEN failures + 1 >= :most THEN 0 ELSE failures + 1 END,"
    " locked_until = CASE WHEN failures + 1 >= :most THEN :until ELSE NULL END"
    " WHERE number = :number AND (locked_until IS NULL OR locked_until <= :now)"
)
_KNOWN = text("SELECT customer_id, pin_hash FROM customer_pins WHERE number = :number")
_NUMBER = text("SELECT number FROM customer_pins WHERE customer_id = :id")
_RIGHT = text("UPDATE customer_pins SET failures = 0, locked_until = NULL WHERE number = :number")
_PUT = text(
    "INSERT INTO customer_pins (customer_id, number, pin_hash) VALUES (:id, :number, :pin_hash)"
    " ON CONFLICT (customer_id) DO UPDATE SET number = excluded.number, pin_hash = excluded.pin_hash,"
    " failures = 0, locked_until = NULL"
)
_CLEAR = text("DELETE FROM customer_pins WHERE customer_id = :id")
_CUSTOMER = text("SELECT 1 FROM customers WHERE id = :id")


class StoredPins:
    """The port Pins over our own database. Close it when done."""

    def __init__(
        self, database: Database, records: RecordSource, clock: Clock, *, hasher: PasswordHasher | None = None
    ) -> None:
        self._database = database
        self._records = records
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pins")
        self._nobodys = self._hasher.hash("nobody")
        self._waiting = 0

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def verify(self, number: str, pin: str) -> CustomerRecord | None:
        """Give the record of the customer with this number and PIN; None for any other pair, and while it is locked.

        Neither the answer nor its time tells whether there is such a number. Raises StoreUnavailableError.
        """
        if self._waiting >= MOST_WAITING:
            raise StoreUnavailableError("too many PINs are being checked at this moment; the same call may try again")
        self._waiting += 1
        try:
            now = self._clock.now()
            known = await self._database.write(lambda connection: _try(connection, number, now))
            right = await self._is_right(known[1] if known else self._nobodys, pin)
            if known is None or not right:
                return None
            await self._database.write(lambda connection: connection.execute(_RIGHT, {"number": number}).close())
            return await self._records.record(known[0])
        finally:
            self._waiting -= 1

    async def customer_of(self, number: str) -> CustomerId | None:
        """Tell whose number this is; None when it is nobody's. Raises StoreUnavailableError."""
        row = await self._database.read(lambda connection: connection.execute(_KNOWN, {"number": number}).first())
        return None if row is None else CustomerId(row.customer_id)

    async def _is_right(self, pin_hash: str, pin: str) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._check, pin_hash, pin)

    def _check(self, pin_hash: str, pin: str) -> bool:
        try:
            return self._hasher.verify(pin_hash, pin)
        except (VerificationError, InvalidHashError):
            return False


def hash_pin(pin: str) -> str:
    """Return the argon2id hash to keep. Takes some 50 ms of a core: never on the event loop."""
    return PasswordHasher().hash(pin)


async def set_pin(database: Database, customer_id: CustomerId, pin_hash: str, number: str | None = None) -> str | None:
    """Keep a customer's PIN, unlocked, and return their number; None when there is no such customer.

    Without a number the customer keeps theirs, or gets eight digits that nobody has. Raises StoreUnavailableError, and
    StoreRefusedError when the number is another customer's.
    """
    return await database.write(lambda connection: put_pin(connection, customer_id, pin_hash, number))


async def clear_pin(database: Database, customer_id: CustomerId) -> bool:
    """Forget a customer's number and PIN; False when there was none. Raises StoreUnavailableError."""
    return await database.write(lambda connection: connection.execute(_CLEAR, {"id": customer_id}).rowcount > 0)


def put_pin(connection: Connection, customer_id: CustomerId, pin_hash: str, number: str | None) -> str | None:
    """Write a PIN within a transaction, as `set_pin` does."""
    if connection.execute(_CUSTOMER, {"id": customer_id}).first() is None:
        return None
    kept = connection.execute(_NUMBER, {"id": customer_id}).scalar()
    chosen = number or (str(kept) if kept else _free_number(connection))
    connection.execute(_PUT, {"id": customer_id, "number": chosen, "pin_hash": pin_hash})
    return chosen


def _free_number(connection: Connection) -> str:
    while True:
        number = str(10_000_000 + secrets.randbelow(90_000_000))
        if connection.execute(_KNOWN, {"number": number}).first() is None:
            return number


def _try(connection: Connection, number: str, now: datetime) -> tuple[CustomerId, str] | None:
    told = {"number": number, "now": to_us(now), "until": to_us(now + LOCKED_FOR), "most": WRONG_LIMIT}
    may_try = connection.execute(_COUNT, told).rowcount > 0
    row = connection.execute(_KNOWN, {"number": number}).first()
    return (CustomerId(row.customer_id), row.pin_hash) if row is not None and may_try else None
