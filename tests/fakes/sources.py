"""What flows may ask, by hand of the test: sources outside, PINs, promises."""

from collections.abc import Mapping, Sequence

from telephony.customers.record import CustomerRecord
from telephony.errors import LookupFailedError, StoreUnavailableError
from telephony.ivr.expressions import ValueType
from telephony.ivr.facts import FactValue
from telephony.ports import CallbackPromise


class FakeSources:
    """Implements Lookups, Pins and Promises."""

    def __init__(self) -> None:
        self.answers: dict[str, Mapping[str, FactValue] | None] = {}
        """By source; one that is not here fails."""
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.customers: dict[tuple[str, str], CustomerRecord] = {}
        """By number and PIN."""
        self.promised: list[CallbackPromise] = []
        self.down = False

    async def ask(
        self, source: str, values: Mapping[str, str], gives: Sequence[tuple[str, ValueType]]
    ) -> Mapping[str, FactValue] | None:
        self.asked.append((source, values))
        if source not in self.answers:
            raise LookupFailedError("the source is away")
        return self.answers[source]

    async def verify(self, number: str, pin: str) -> CustomerRecord | None:
        if self.down:
            raise StoreUnavailableError("locked")
        return self.customers.get((number, pin))

    async def keep(self, promise: CallbackPromise) -> None:
        if self.down:
            raise StoreUnavailableError("locked")
        self.promised.append(promise)
