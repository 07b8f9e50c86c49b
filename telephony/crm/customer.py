"""Our own customers as a source for flows: their facts, by customer number, id or phone."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from telephony.calls.model import CustomerId
from telephony.crm.address import value_of
from telephony.crm.answers import typed
from telephony.customers.record import Customer
from telephony.errors import LookupFailedError, StoreUnavailableError
from telephony.ivr.expressions import ValueType
from telephony.ivr.facts import FactValue
from telephony.ports import ReadNumber, RecordSource

BY = ("id", "number", "phone")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSource:
    """Gives `id`, `name`, `language` and every fact; a field that this customer lacks fails the lookup."""

    records: RecordSource
    read_number: ReadNumber
    id_of: Callable[[str], Awaitable[CustomerId | None]]
    """Whose customer number this is."""

    async def ask(
        self, values: Mapping[str, str], gives: Sequence[tuple[str, ValueType]]
    ) -> Mapping[str, FactValue] | None:
        """Give the fields wanted; None when there is no such customer, or several have the phone."""
        try:
            customer = await self._customer(values)
        except StoreUnavailableError as error:
            raise LookupFailedError("our own database did not answer") from error
        if customer is None:
            return None
        known = _known(customer)
        for name, _ in gives:
            if name not in known:
                raise LookupFailedError(f"field '{name}' is not known of this customer")
        return {name: typed(known[name], wanted, f"field '{name}'") for name, wanted in gives}

    async def _customer(self, values: Mapping[str, str]) -> Customer | None:
        by = [name for name in BY if name in values]
        if len(by) != 1:
            raise LookupFailedError(f"the flow must give one of {', '.join(BY)}")
        value = value_of(by[0], values)
        if by[0] == "phone":
            match, record = await self.records.identify(self.read_number(value))
            return record.customer if record and len(match.candidates) == 1 else None
        customer_id = CustomerId(value) if by[0] == "id" else await self.id_of(value)
        record = await self.records.record(customer_id) if customer_id else None
        return record.customer if record else None


def _known(customer: Customer) -> Mapping[str, object]:
    told: dict[str, object] = {"id": customer.id, "name": customer.name}
    if customer.language:
        told["language"] = customer.language
    return dict(customer.facts) | told
