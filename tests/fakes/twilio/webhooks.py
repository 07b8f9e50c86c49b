"""Twilio's requests to the customer's server."""

import asyncio
from collections.abc import Mapping
from time import perf_counter
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from tests.fakes.twilio.pace import Pace
from tests.fakes.twilio.sids import new_sid
from tests.fakes.twilio.signing import signature, url_of_body
from tests.fakes.twilio.values import Exchange, SharedKey

FORM = "application/x-www-form-urlencoded; charset=UTF-8"
HTTP_FAILED, HTTP_UNREACHABLE, HTTP_REFUSED_URL = 11200, 11205, 11100


class Webhooks:
    """Asks the customer's server and keeps every exchange, in order of the requests.

    A connection that cannot be made is tried once more, as Twilio does by default (`rc=1&rp=ct`,
    https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides); nothing else is repeated.
    """

    def __init__(self, pace: Pace, token: str) -> None:
        self.pace = pace
        self.token = token
        self.shared_key: SharedKey | None = None
        """When set, it signs instead of the token."""
        self.places: dict[str, str] = {}
        """Where a public URL that starts so really is, e.g. `https://ringside.example` at `http://127.0.0.1:8080`."""
        self.exchanges: list[Exchange] = []
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # A new connection for every request: a customer who restarts meets no stale ones.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(
        self, url: str, fields: Mapping[str, str], *, method: str = "POST", kind: str = "document", call_sid: str = ""
    ) -> Exchange:
        """Ask by a signed form. What went wrong stands in the exchange's `error_code`; nothing is raised."""
        return await self.send(self.form(url, fields, method=method, kind=kind, call_sid=call_sid))

    def form(
        self, url: str, fields: Mapping[str, str], *, method: str = "POST", kind: str = "document", call_sid: str = ""
    ) -> Exchange:
        """Give a signed form that is yet to be sent; a GET carries it in its URL, and the URL is what is signed."""
        headers = self._headers()
        body = b""
        if method == "GET":
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
            headers |= signature(url, {}, self.token, self.shared_key)
        else:
            body = urlencode(fields).encode()
            headers |= {"Content-Type": FORM, **signature(url, fields, self.token, self.shared_key)}
        return Exchange(
            url=url, method=method, fields=dict(fields), headers=headers, body=body, call_sid=call_sid, kind=kind
        )

    async def ask_json(self, url: str, body: bytes) -> Exchange:
        """Ask by a signed body that is not a form."""
        signed_url = url_of_body(url, body)
        headers = {**self._headers(), **signature(signed_url, {}, self.token, self.shared_key)}
        headers["Content-Type"] = "application/json"
        return await self.send(Exchange(url=signed_url, method="POST", fields={}, headers=headers, body=body))

    def sound(self, url: str, call_sid: str) -> Exchange:
        """Give a request for sound that is yet to be sent: a GET, unsigned."""
        return Exchange(url=url, method="GET", fields={}, headers=self._headers(), call_sid=call_sid, kind="media")

    async def send(self, exchange: Exchange) -> Exchange:
        """Send a request as it stands in the exchange, and fill in what came of it."""
        self.exchanges.append(exchange)
        began = perf_counter()
        if not await self._try(exchange) and exchange.error_code == HTTP_UNREACHABLE:
            await self._try(exchange)
        exchange.took_real_s = perf_counter() - began
        return exchange

    def _headers(self) -> dict[str, str]:
        return {
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "I-Twilio-Idempotency-Token": new_sid("")[:32],
        }

    async def _try(self, exchange: Exchange) -> bool:
        if self._session is None:
            raise RuntimeError("the fake is not entered")
        if not exchange.url.startswith(("http://", "https://")):
            exchange.error_code = HTTP_REFUSED_URL
            return False
        try:
            async with (
                asyncio.timeout(self.pace.webhook_limit),
                self._session.request(
                    exchange.method,
                    self._place_of(exchange.url),
                    data=exchange.body or None,
                    headers=dict(exchange.headers),
                    allow_redirects=False,
                ) as answer,
            ):
                exchange.answer = await answer.read()
                exchange.content_type = answer.headers.get("Content-Type", "")
                exchange.answer_headers = dict(answer.headers)
                exchange.status = answer.status
        except TimeoutError:
            exchange.error_code = HTTP_FAILED
        except aiohttp.ClientConnectorError:
            exchange.error_code = HTTP_UNREACHABLE
        except aiohttp.ClientError:
            exchange.error_code = HTTP_FAILED
        else:
            exchange.error_code = None if answer.status < 300 else HTTP_FAILED
        return exchange.error_code is None

    def _place_of(self, url: str) -> URL:
        for public, real in self.places.items():
            if url.startswith(public):
                return URL(real + url.removeprefix(public), encoded=True)
        return URL(url, encoded=True)
