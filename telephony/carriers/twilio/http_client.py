"""The HTTP client the provider's library speaks through: limits hold, nothing is sent twice, nothing is logged.

The library's own one ignores limits and proxies, and may send the POST that places a call a second time.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from yarl import URL

from telephony.carriers.twilio.http_session import Pace, authorization, told_plainly
from telephony.carriers.twilio.refusals import RefusedError, refusal
from telephony.errors import CarrierUnavailableError, OutcomeUnknownError

LARGEST_ANSWER = 1024 * 1024
_LIBRARYS_BASE = "https://api.twilio.com"


class _BusyError(OutcomeUnknownError):
    """The cloud is overloaded or ill; `again_s` is when it wants to be asked again."""

    def __init__(self, text: str, again_s: float | None) -> None:
        super().__init__(text)
        self.again_s = again_s


class _TooOftenError(RefusedError):
    """The cloud takes no more questions for now."""

    again_s: float | None = None


class HttpClient(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """Sends the library's requests to `base_url`, each once; only a GET is repeated, within its limit.

    Raises CarrierUnavailableError, RefusedError (3xx, 4xx) and OutcomeUnknownError; what it returns is a JSON object
    with a 2xx, or empty.
    """

    def __init__(self, session: aiohttp.ClientSession, base_url: str, pace: Pace) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True, timeout=pace.request_s)
        self._session = session
        self._base = base_url.rstrip("/")
        self._pace = pace

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the library's signature; ours holds for every request
        allow_redirects: bool = False,
    ) -> Response:
        """Send it and return the answer; `timeout` and `allow_redirects` are not heeded."""
        url = URL(at_base(uri, self._base) + (f"?{urlencode(params, doseq=True)}" if params else ""), encoded=True)
        body = urlencode(data, doseq=True).encode() if data else None
        if method.upper() != "GET":
            return await self._once(method, url, body, headers, auth, self._pace.request_s)
        return await self._read(url, headers, auth)

    async def _read(self, url: URL, headers: Mapping[str, str] | None, auth: tuple[str, str] | None) -> Response:
        clock = asyncio.get_running_loop().time
        until = clock() + self._pace.request_s
        for pause_s in self._pace.pauses_s:
            try:
                return await self._once("GET", url, None, headers, auth, until - clock())
            except (CarrierUnavailableError, OutcomeUnknownError, _TooOftenError) as fault:
                wanted_s = getattr(fault, "again_s", None) or pause_s
                if wanted_s > self._pace.retry_after_s or clock() + wanted_s >= until:
                    raise
            await asyncio.sleep(wanted_s)
        return await self._once("GET", url, None, headers, auth, until - clock())

    async def _once(
        self,
        method: str,
        url: URL,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        auth: tuple[str, str] | None,
        limit_s: float,
    ) -> Response:
        limits = aiohttp.ClientTimeout(total=max(limit_s, 0.001), connect=self._pace.connect_s)
        with told_plainly():
            async with self._session.request(
                method,
                url,
                data=body,
                headers={**(headers or {}), **({"Authorization": authorization(*auth)} if auth else {})},
                timeout=limits,
                allow_redirects=False,
            ) as response:
                answer = await _bounded(response)
                return _usable(response.status, answer, _again_s(response.headers.get("Retry-After", "")))


def at_base(uri: str, base: str) -> str:
    """Return the library's address at our provider's base, which may have a path (`https://x.example/api/laml`).

    Raises OutcomeUnknownError for an address elsewhere: a next page must not lead the account's secret away.
    """
    path = uri.removeprefix(_LIBRARYS_BASE)
    if path == uri or not path.startswith("/"):
        raise OutcomeUnknownError("the provider's answer leads to another host, where the secret must not go")
    # Such a provider's next page already has the base's path
    below = URL(base).path.rstrip("/")
    return base + (path.removeprefix(below) if below and path.startswith(f"{below}/") else path)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    answer = bytearray()
    async for part in response.content.iter_any():
        answer += part
        if len(answer) > LARGEST_ANSWER:
            response.close()
            raise OutcomeUnknownError(f"the provider's answer is larger than {LARGEST_ANSWER // 1024} KiB")
    return bytes(answer)


def _usable(status: int, body: bytes, again_s: float | None) -> Response:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        raise _BusyError(f"the provider answered with status {status}", again_s)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise _refused(status, body, again_s)
    if status == HTTPStatus.NO_CONTENT:
        return Response(status, "")
    with suppress(ValueError):
        text = body.decode()
        if isinstance(json.loads(text), dict):
            return Response(status, text)
    raise OutcomeUnknownError("the provider's answer is not the JSON it should be")


def _refused(status: int, body: bytes, again_s: float | None) -> RefusedError:
    refused = refusal(status, body)
    if status != HTTPStatus.TOO_MANY_REQUESTS:
        return refused
    too_often = _TooOftenError(str(refused), status=status, code=refused.code)
    too_often.again_s = again_s
    return too_often


def _again_s(header: str) -> float | None:
    return float(header) if header.isascii() and header.isdigit() and len(header) < 7 else None
