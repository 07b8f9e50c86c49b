"""A source that is asked over HTTP and answers in JSON."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Literal

import aiohttp
from yarl import URL

from telephony.crm.address import address, value_of
from telephony.crm.answers import at_path, fields_of, read_json
from telephony.crm.circuit import Circuit
from telephony.errors import LookupFailedError
from telephony.ivr.expressions import ValueType
from telephony.ivr.facts import FactValue

LARGEST_ANSWER = 64 * 1024
MOST_REDIRECTS = 3
OUTER_LIMIT_S = 15.0
"""Whoever asks sets a shorter limit; this one holds should they forget."""
CONNECT_LIMIT_S = 5.0

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """How one source is asked. `url` and `body` name the values that flows give."""

    url: str
    """With a `{name}` for each value, percent-encoded when it is put in."""
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    body: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The members of the JSON object that is sent, each with the name of its value; none: nothing is sent."""
    answer: tuple[str, ...] = ()
    """Where the answer lies in the JSON; null there means that there is no such thing."""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Where in the answer a field lies that is not under its own name."""
    not_found_status: frozenset[int] = frozenset({404})
    at_once: int = 10


class _SilentError(LookupFailedError):
    """The source did not answer as it should: after several of these in a row it is left alone."""


class HttpSource:
    """Asks one source. Errors name fields, never values: the values are the callers' own."""

    def __init__(self, settings: HttpSettings, session: aiohttp.ClientSession, circuit: Circuit) -> None:
        self._settings = settings
        self._session = session
        self._circuit = circuit
        self._asking = 0

    async def ask(
        self, values: Mapping[str, str], gives: Sequence[tuple[str, ValueType]]
    ) -> Mapping[str, FactValue] | None:
        """Give the fields wanted; None when there is no such thing. Raises LookupFailedError."""
        url = URL(address(self._settings.url, values), encoded=True)
        sent = {member: value_of(name, values) for member, name in self._settings.body.items()}
        if self._asking >= self._settings.at_once:
            raise LookupFailedError(f"the source is asked {self._asking} questions already; raise at_once if it can")
        if not self._circuit.may_ask():
            raise LookupFailedError("the source has failed several times and is left alone for some seconds")
        body = await self._counted(url, sent)
        return None if body is None else self._fields(body, gives)

    def _fields(self, body: bytes, gives: Sequence[tuple[str, ValueType]]) -> Mapping[str, FactValue] | None:
        path = self._settings.answer
        there, found = at_path(read_json(body), path)
        if not there:
            raise LookupFailedError(f"the answer has no '{'.'.join(path)}'")
        return None if found is None else fields_of(found, gives, self._settings.fields)

    async def _counted(self, url: URL, sent: Mapping[str, str]) -> bytes | None:
        self._asking += 1
        try:
            body = await self._exchange(url, sent)
        except (_SilentError, asyncio.CancelledError):  # whoever asked does not wait any longer
            self._circuit.failed()
            raise
        except LookupFailedError:
            self._circuit.answered()
            raise
        finally:
            self._asking -= 1
        self._circuit.answered()
        return body

    async def _exchange(self, url: URL, sent: Mapping[str, str]) -> bytes | None:
        try:
            for _ in range(MOST_REDIRECTS + 1):
                answer = await self._request(url, sent)
                if not isinstance(answer, URL):
                    return answer
                url = answer
        except TimeoutError:
            raise _SilentError("no answer in time") from None
        except aiohttp.ClientSSLError:
            raise _SilentError("its certificate is not one we trust") from None
        except aiohttp.ClientConnectorError:
            raise _SilentError("it cannot be reached: check the address, and that it runs") from None
        except (aiohttp.ClientError, ValueError, OSError):
            # the library's own words may hold the address, and that the value
            raise _SilentError("it broke off, or does not speak HTTP") from None
        raise LookupFailedError("it redirects again and again")

    async def _request(self, url: URL, sent: Mapping[str, str]) -> bytes | URL | None:
        async with self._session.request(
            self._settings.method,
            url,
            headers=self._settings.headers,
            json=dict(sent) if self._settings.body else None,
            allow_redirects=False,
        ) as response:
            status = response.status
            if status in self._settings.not_found_status:
                return None
            if status in _REDIRECTS:
                return self._redirected(url, response.headers.get("Location", ""))
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _BUSY:
                raise _SilentError(f"it answered with status {status}")
            if status != HTTPStatus.OK:
                raise LookupFailedError(f"it answered with status {status}: is the address right, and the secret?")
            return await self._read(response)

    def _redirected(self, url: URL, location: str) -> URL:
        if self._settings.method != "GET":
            raise LookupFailedError("it redirects, which only a GET follows; correct the address")
        to = url.join(URL(location))
        if not location or to.origin() != url.origin():
            raise LookupFailedError("it redirects to another host, where what is asked must not go")
        return to

    @staticmethod
    async def _read(response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        if (response.content_length or 0) <= LARGEST_ANSWER:
            async for part in response.content.iter_any():
                body += part
                if len(body) > LARGEST_ANSWER:
                    break
            else:
                return bytes(body)
        response.close()  # what is still on its way is not read
        raise LookupFailedError(f"the answer is larger than {LARGEST_ANSWER // 1024} KiB")


def new_session() -> aiohttp.ClientSession:
    """Return the session of all sources: no cookies, no compression, certificates are checked, no proxy unasked."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),  # each source has its own limit, and says so instead of queueing
        timeout=aiohttp.ClientTimeout(total=OUTER_LIMIT_S, sock_connect=CONNECT_LIMIT_S),
        cookie_jar=aiohttp.DummyCookieJar(),  # what one caller's question left behind is not sent with the next
        headers={"User-Agent": "ringside", "Accept": "application/json", "Accept-Encoding": "identity"},
        auto_decompress=False,  # 64 KiB of zip can be 60 MiB of text
        trust_env=False,
    )
