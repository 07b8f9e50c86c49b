"""Twilio's own client reads what the fake answers."""

import logging
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from tests.fakes.twilio import FakeTwilio, FarPhone
from tests.unit.fakes.customer import NUMBER, Customer

MARIA = "+359888000111"


class ToTheFake(AsyncHttpClient):  # type: ignore[misc]
    """Sends what the client asks of https://api.twilio.com to the fake."""

    def __init__(self, twilio: FakeTwilio, session: aiohttp.ClientSession) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self.twilio = twilio
        self.session = session

    async def request(self, method: str, url: str, *_: Any, **given: Any) -> Response:
        """Send it."""
        form = aiohttp.FormData()
        for name, value in (given.get("data") or {}).items():
            for one in value if isinstance(value, list) else [value]:
                form.add_field(name, str(one))
        login = b64encode(":".join(given["auth"]).encode()).decode()
        async with self.session.request(
            method,
            url.replace("https://api.twilio.com", self.twilio.url),
            params=given.get("params"),
            data=form if given.get("data") else None,
            headers={**given["headers"], "Authorization": f"Basic {login}"},
        ) as answer:
            return Response(answer.status, await answer.text(), answer.headers)


@pytest.fixture
async def client(twilio: FakeTwilio) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(twilio.account_sid, twilio.auth_token, http_client=ToTheFake(twilio, session))


async def test_the_client_makes_finds_changes_and_ends_a_call(
    client: Client, twilio: FakeTwilio, customer: Customer
) -> None:
    twilio.phones[MARIA] = FarPhone(talks_s=None)
    customer.documents |= {
        "/hello": "<Play loop='0'>/music.wav</Play>",
        "/next": "<Pause length='60'/>",
        "/progress": "",
    }
    made = await client.calls.create_async(
        to=MARIA,
        from_=NUMBER,
        url=f"{customer.url}/hello",
        status_callback=f"{customer.url}/progress",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    maria = twilio.caller(made.sid)
    await maria.hears("music")
    since = datetime.now(UTC) - timedelta(minutes=1)
    (found,) = await client.calls.list_async(to=MARIA, start_time_after=since)
    assert (found.sid, found.status, found.direction) == (made.sid, "in-progress", "outbound-api")
    assert found.start_time is not None
    assert found.start_time >= since
    await client.calls(made.sid).update_async(url=f"{customer.url}/next")
    await maria.until(lambda: maria.call.doing == "Pause")
    await client.calls(made.sid).update_async(status="completed")
    await twilio.told(made.sid, number=4)
    twilio.pace.price_after_s = 0.0
    ended = await client.calls(made.sid).fetch_async()
    assert (ended.status, ended.price, ended.price_unit) == ("completed", "-0.00850", "USD")
    assert int(ended.duration) >= 1
    assert not twilio.faults


async def test_the_client_reads_pages_to_the_end(client: Client, twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Reject/>"
    for _ in range(5):
        await (await twilio.incoming(to=NUMBER)).until_over()
    listed = await client.calls.list_async(status="no-answer", page_size=2)
    assert len(listed) == 5


async def test_the_client_reads_errors(client: Client, customer: Customer) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await client.calls.create_async(to="12345", from_=NUMBER, url=f"{customer.url}/hello")
    assert (refused.value.status, refused.value.code) == (400, 21211)


async def test_a_call_of_the_api_is_recorded_when_it_should_be(
    client: Client, twilio: FakeTwilio, customer: Customer
) -> None:
    twilio.phones[MARIA] = FarPhone(talks_s=5)
    customer.documents["/hello"] = "<Pause length='60'/>"
    made = await client.calls.create_async(to=MARIA, from_=NUMBER, url=f"{customer.url}/hello", record=True)
    await twilio.caller(made.sid).until_over()
    kept = await twilio.recorded()
    shown = await client.recordings(kept.sid).fetch_async()
    assert (shown.call_sid, shown.source, shown.status) == (made.sid, "OutboundAPI", "completed")
    assert await client.recordings(kept.sid).delete_async()
