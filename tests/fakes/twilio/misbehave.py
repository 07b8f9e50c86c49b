"""How the REST API answers badly, on demand."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from tests.fakes.twilio.resources import problem
from tests.fakes.twilio.values import Misbehaviour

HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
CUT_OFF = web.RequestKey("CUT_OFF", bool)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True, kw_only=True)
class Order:
    how: Misbehaviour
    method: str
    path: str
    times: int | None
    late_real_s: float
    retry_after_s: int

    def fits(self, request: web.Request) -> bool:
        return self.times != 0 and self.method in ("", request.method) and self.path in request.path


class Misbehaving:
    """Stands before the handlers; what a test ordered first is done first."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End what never answers."""
        self._closing.set()

    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        order = next((one for one in self.orders if one.fits(request)), None)
        if order is None:
            return await handler(request)
        if order.times is not None:
            order.times -= 1
        return await self._badly(order, request, handler)

    async def _badly(self, order: Order, request: web.Request, handler: Handler) -> web.StreamResponse:
        match order.how:
            case Misbehaviour.SERVER_ERROR:
                return web.json_response(problem(500, 20500, "Internal Server Error"), status=500)
            case Misbehaviour.UNAVAILABLE:
                return web.json_response(problem(503, 20503, "Service unavailable"), status=503)
            case Misbehaviour.TOO_MANY:
                headers = {"Retry-After": str(order.retry_after_s)}
                return web.json_response(problem(429, 20429, "Too Many Requests"), status=429, headers=headers)
            case Misbehaviour.HTML:
                return web.Response(text=HTML, content_type="text/html", status=502)
            case Misbehaviour.HTML_200:
                return web.Response(text=HTML, content_type="text/html")
            case Misbehaviour.NEVER:
                return await self._never()
            case Misbehaviour.REFUSED:
                return cut(request)
        # A long sound is streamed by its handler, which must then cut itself off.
        request[CUT_OFF] = order.how is Misbehaviour.CUT_OFF
        done = await handler(request)
        match order.how:
            case Misbehaviour.LATE:
                await self._closes_within(order.late_real_s)
            case Misbehaviour.CUT_OFF:
                return done if done.prepared else await _half(request, done)
            case Misbehaviour.DONE_BUT_LOST:
                return cut(request)
            case Misbehaviour.DONE_BUT_SILENT:
                return await self._never()
        return done

    async def _closes_within(self, real_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(real_s):
                await self._closing.wait()

    async def _never(self) -> web.StreamResponse:
        await self._closing.wait()
        return web.Response(status=503, text=json.dumps(problem(503, 20503, "the fake has ended")))


def cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _half(request: web.Request, done: web.StreamResponse) -> web.StreamResponse:
    body = done.body if isinstance(done, web.Response) and isinstance(done.body, bytes) else b"0" * 4096
    response = web.StreamResponse(status=done.status, headers={"Content-Type": done.content_type})
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    return cut(request)
