"""A provider's REST API on a real socket that answers as it is told to, or does not."""

import asyncio
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web

ACCOUNT = "AC" + "0" * 32
TOKEN = "not-so-secret-token"
BASIC = "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
CALL = "CA" + "1" * 32
RECORDING = "RE" + "2" * 32

Answer = Callable[["BadProvider", web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request that reached the provider."""

    method: str
    path: str
    query: Mapping[str, str]
    form: tuple[tuple[str, str], ...]
    authorised: bool


def says(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with JSON."""

    async def answer(_provider: "BadProvider", _request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return answer


def sends(
    body: bytes, status: int = 200, content_type: str = "text/html", headers: Mapping[str, str] | None = None
) -> Answer:
    """Answer with bytes."""

    async def answer(_provider: "BadProvider", _request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, content_type=content_type, headers=headers)

    return answer


def fault(status: int, code: int, message: str = "no", headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with the provider's own error."""
    return says({"code": code, "message": message, "more_info": "", "status": status}, status, headers)


def cut_off(body: bytes = b'{"sid": "CA', length: int = 5000) -> Answer:
    """Break the connection in the middle of the body."""

    async def answer(_provider: "BadProvider", request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(length)})
        await response.prepare(request)
        await response.write(body)
        assert request.transport is not None
        request.transport.close()
        return response

    return answer


async def hangs_up(_provider: "BadProvider", request: web.Request) -> web.StreamResponse:
    """Break the connection before a word."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def late(by_s: float, then: Answer) -> Answer:
    """Answer after a while."""

    async def answer(provider: "BadProvider", request: web.Request) -> web.StreamResponse:
        with suppress(TimeoutError):
            async with asyncio.timeout(by_s):
                await provider.closing.wait()
        return await then(provider, request)

    return answer


async def silence(provider: "BadProvider", _request: web.Request) -> web.StreamResponse:
    """Never answer."""
    await provider.closing.wait()
    return web.Response()


class BadProvider:
    """Gives the answers in their order, the last one again and again. `asked` is what it was asked."""

    def __init__(self, *answers: Answer, port: int = 0) -> None:
        self.answers = deque(answers)
        self.port = port
        self.asked: list[Asked] = []
        self.closing = asyncio.Event()
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        authorisation = request.headers.get("Authorization", "")
        self.asked.append(
            Asked(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                form=tuple((name, str(value)) for name, value in form.items()),
                authorised=authorisation == BASIC,
            )
        )
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        return await answer(self, request)


def call(**changed: object) -> dict[str, Any]:
    """Return a call as the provider writes it."""
    return {
        "sid": CALL,
        "account_sid": ACCOUNT,
        "to": "+359888100200",
        "from": "+35929000000",
        "status": "queued",
        "direction": "outbound-api",
        "date_created": "Mon, 02 Mar 2026 10:00:00 +0000",
        "start_time": None,
        "end_time": None,
        "duration": None,
        "price": None,
        "price_unit": "USD",
        "answered_by": None,
        "parent_call_sid": None,
    } | changed


def calls(*listed: dict[str, Any], next_page: str | None = None) -> dict[str, Any]:
    """Return a page of the provider's list."""
    return {"calls": list(listed), "page": 0, "page_size": 100, "next_page_uri": next_page, "uri": "/x"}
