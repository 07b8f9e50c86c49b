"""A fake Twilio and its customer."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.twilio import FakeTwilio
from tests.unit.fakes.customer import Customer, connect


@pytest.fixture
async def customer() -> AsyncIterator[Customer]:
    async with Customer() as customer:
        customer.documents["/status"] = ""
        yield customer


@pytest.fixture
async def twilio(customer: Customer) -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as twilio:
        connect(twilio, customer)
        yield twilio
