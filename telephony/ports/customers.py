"""Who is calling, what flows may ask of them, and what is promised to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telephony.calls.model import CallId, CustomerId, QueueName
from telephony.calls.numbers import CallerNumber
from telephony.customers.match import Match
from telephony.customers.record import CustomerRecord
from telephony.ivr.expressions import ValueType
from telephony.ivr.facts import FactValue


class RecordSource(Protocol):
    """Where customers are looked up."""

    async def find(self, number: CallerNumber) -> Match:
        """Tell who a number belongs to. Raises StoreUnavailableError."""
        ...

    async def record(self, customer_id: CustomerId) -> CustomerRecord | None:
        """Give the customer's record; None when there is no such customer. Raises StoreUnavailableError."""
        ...

    async def identify(self, number: CallerNumber) -> tuple[Match, CustomerRecord | None]:
        """Tell who a number belongs to, with the first candidate's record, in one trip: a ringing phone waits for it.

        Raises StoreUnavailableError.
        """
        ...


ReadNumber = Callable[[str], CallerNumber]
"""Reads a number as the company dials it."""


class Lookups(Protocol):
    """The sources that flows may ask, by name."""

    async def ask(
        self, source: str, values: Mapping[str, str], gives: Sequence[tuple[str, ValueType]]
    ) -> Mapping[str, FactValue] | None:
        """Give the fields wanted, each of its type; None when there is no such thing. The caller sets the time limit.

        Raises LookupFailedError.
        """
        ...


class Pins(Protocol):
    """Customers' numbers and PINs."""

    async def verify(self, number: str, pin: str) -> CustomerRecord | None:
        """Give the record of the customer with this number and PIN; None for any other pair.

        Takes as long for a number that is not there. Raises StoreUnavailableError.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPromise:
    """That somebody is to be called back. One call makes at most one promise for a queue."""

    call_id: CallId
    queue: QueueName
    number: str
    """E.164."""
    language: str
    customer_id: CustomerId | None
    at: datetime


class Promises(Protocol):
    """Callbacks owed."""

    async def keep(self, promise: CallbackPromise) -> None:
        """Write it down; once it returns, it is kept over a restart. Raises StoreUnavailableError."""
        ...
