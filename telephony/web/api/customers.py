"""Customers' records."""

from aiohttp import web

from telephony.calls.model import CustomerId
from telephony.web.api.models import record_of
from telephony.web.asked import Asked
from telephony.web.problems import ProblemError


async def customer(asked: Asked) -> web.StreamResponse:
    """Give a customer's record."""
    customer_id = CustomerId(asked.request.match_info["customer_id"])
    record = await asked.house.customers.record(customer_id)
    if record is None:
        raise ProblemError(
            404,
            "no-such-customer",
            "There is no such customer",
            what_to_do="The customer may have been merged or erased.",
        )
    return web.json_response(text=record_of(record).model_dump_json())
