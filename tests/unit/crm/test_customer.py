"""Our own customers, as flows ask for them."""

from functools import partial

import pytest

from telephony.calls.model import CustomerId
from telephony.calls.numbers import CallerNumber, read_caller
from telephony.crm.customer import CustomerSource
from telephony.customers.match import Candidate, Match, MatchOutcome
from telephony.customers.record import Customer, CustomerRecord
from telephony.errors import LookupFailedError, StoreUnavailableError
from telephony.ivr.expressions import ValueType
from tests.unit.store.calls import NOON

TIER = (("name", ValueType.TEXT), ("tier", ValueType.TEXT), ("debt", ValueType.FLAG))
GEORGI = Customer(id=CustomerId("c-1001"), name="Georgi", facts={"tier": "vip", "debt": False})


class Records:
    """Knows Georgi by +359888100001, and two people by +35924918055."""

    broken = False

    async def find(self, number: CallerNumber) -> Match:
        raise NotImplementedError

    async def record(self, customer_id: CustomerId) -> CustomerRecord | None:
        if self.broken:
            raise StoreUnavailableError("locked")
        return CustomerRecord(customer=GEORGI, as_of=NOON) if customer_id == GEORGI.id else None

    async def identify(self, number: CallerNumber) -> tuple[Match, CustomerRecord | None]:
        owners = {"+359888100001": ["c-1001"], "+35924918055": ["c-1001", "c-1002"]}.get(number.e164 or "", [])
        candidates = tuple(Candidate(customer_id=CustomerId(each), name="", reason="") for each in owners)
        match = Match(number=number.e164, outcome=MatchOutcome.NONE, candidates=candidates)
        return match, await self.record(GEORGI.id) if owners else None


async def id_of(number: str) -> CustomerId | None:
    return GEORGI.id if number == "10001001" else None


@pytest.fixture
def source() -> CustomerSource:
    return CustomerSource(records=Records(), read_number=partial(read_caller, region="BG"), id_of=id_of)


@pytest.mark.parametrize("asked", [{"id": "c-1001"}, {"number": "10001001"}, {"phone": "0888100001"}])
async def test_a_customer_is_found_by_id_number_or_phone(source: CustomerSource, asked: dict[str, str]) -> None:
    assert await source.ask(asked, TIER) == {"name": "Georgi", "tier": "vip", "debt": False}


@pytest.mark.parametrize(
    "asked", [{"id": "c-9"}, {"number": "1"}, {"phone": "+35921"}, {"phone": "anonymous"}, {"phone": "+35924918055"}]
)
async def test_a_stranger_and_a_shared_phone_are_nobody(source: CustomerSource, asked: dict[str, str]) -> None:
    assert await source.ask(asked, TIER) is None


async def test_a_fact_that_a_customer_lacks_or_of_another_type_fails(source: CustomerSource) -> None:
    with pytest.raises(LookupFailedError, match="'limit' is not known"):
        await source.ask({"id": "c-1001"}, [("limit", ValueType.WHOLE)])
    with pytest.raises(LookupFailedError, match="'tier' must be a whole number"):
        await source.ask({"id": "c-1001"}, [("tier", ValueType.WHOLE)])
    with pytest.raises(LookupFailedError, match="one of id, number, phone"):
        await source.ask({"order": "1"}, TIER)


async def test_a_database_that_is_away_is_a_failed_lookup(source: CustomerSource) -> None:
    source.records.broken = True  # type: ignore[attr-defined]
    with pytest.raises(LookupFailedError, match="database"):
        await source.ask({"id": "c-1001"}, TIER)
