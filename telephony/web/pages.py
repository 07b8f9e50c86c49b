"""Serves the built browser apps, and the headers that keep browsers safe."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

from telephony.web.api.people import sip_ws_url
from telephony.web.files import file_below
from telephony.web.problems import ProblemError
from telephony.web.settings import WebSettings

_NONCE = "__CSP_NONCE__"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,45}\]")
_YEAR_S = 31_536_000


class Pages:
    """The single-page apps: any address that is no file is the app's own, which its router shows."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._root = settings.static

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Give a built file, or the app's page."""
        path = request.match_info["path"]
        if "." in path:
            return await self._file(path)
        return await self._index(request)

    async def _file(self, path: str) -> web.StreamResponse:
        file = await asyncio.to_thread(file_below, self._root, path)
        if file is None:
            raise web.HTTPNotFound
        # Built names carry a hash of what is in them, so they never change.
        kept = f"public, max-age={_YEAR_S}, immutable" if path.startswith("assets/") else "no-cache"
        return web.FileResponse(file, headers={"Cache-Control": kept})

    async def _index(self, request: web.Request) -> web.StreamResponse:
        try:
            text = await asyncio.to_thread((self._root / "index.html").read_text, "utf-8")
        except OSError:
            raise ProblemError(
                503,
                "not-built",
                "The browser apps are not built",
                what_to_do="Run `npm ci && npm run build` in the folder `web`, or `make run`, which does.",
            ) from None
        nonce = secrets.token_urlsafe(16)
        headers = {"Content-Security-Policy": self._policy(request, nonce), "Cache-Control": "no-store"}
        return web.Response(text=text.replace(_NONCE, nonce), content_type="text/html", headers=headers)

    def _policy(self, request: web.Request, nonce: str) -> str:
        return (
            "default-src 'self'; script-src 'self'; "
            f"style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
            f"connect-src 'self' {self._phones(request)}; img-src 'self' data:; media-src 'self' blob:; "
            "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )

    def _phones(self, request: web.Request) -> str:
        """Give the address that browser phones may reach; a host that could change the policy is left out."""
        host = _HOST.match(request.host)
        return sip_ws_url(self._settings.sip_ws_url, host.group().strip("[]") if host else "127.0.0.1")


def guard_headers(
    settings: WebSettings, *, no_browsers: str
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Give the signal that puts the headers on every answer that a browser may get: none below `no_browsers`."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    }
    if settings.secure:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}"

    async def put(request: web.Request, response: web.StreamResponse) -> None:
        if request.path.startswith(no_browsers):
            return
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        # What the API says is about people and calls; no cache on the way may keep it.
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")

    return put
