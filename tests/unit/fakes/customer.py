"""A customer of Twilio's in a few lines: documents by path, and everything that was asked."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.fakes.twilio import FakeTwilio, wav

Answer = Callable[[web.Request, dict[str, str]], Awaitable[web.StreamResponse]]
NUMBER, CALLER = "+35924000000", "+359888100200"


def xml(inner: str) -> web.Response:
    return web.Response(text=f"<Response>{inner}</Response>", content_type="text/xml")


@dataclass(slots=True)
class Customer:
    """Answers `/path` with a document, a text of verbs or a function; `/NAME.wav` is a sound of `sounds_s` seconds."""

    documents: dict[str, str | Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    """Path, form and headers of every request, in order."""
    sounds_s: float = 2.0
    url: str = ""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the end, for answers that wait till then."""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def fields(self, path: str) -> list[dict[str, str]]:
        """Give the forms that came to a path, in order."""
        return [fields for one, fields, _ in self.asked if one == path]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append((request.path, fields, dict(request.headers)))
        if request.path.endswith(".wav") and request.path not in self.documents:
            headers = {"Cache-Control": "public, max-age=60"}
            return web.Response(body=wav(self.sounds_s), content_type="audio/wav", headers=headers)
        document = self.documents.get(request.path)
        if document is None:
            return web.Response(status=404)
        return xml(document) if isinstance(document, str) else await document(request, fields)


def connect(twilio: FakeTwilio, customer: Customer) -> None:
    """Give the account its number, asked about at /voice, /fallback and /status."""
    twilio.owns(
        NUMBER,
        f"{customer.url}/voice",
        fallback_url=f"{customer.url}/fallback" if "/fallback" in customer.documents else "",
        status_callback=f"{customer.url}/status",
    )
