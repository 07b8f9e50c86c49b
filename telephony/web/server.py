"""The HTTP server: opens, serves the API, the sockets and the browser apps, and closes in good order."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from aiohttp import web

from telephony import __version__
from telephony.errors import StoreUnavailableError
from telephony.journey.desk import DeskPort
from telephony.journey.moves import MovesPort
from telephony.ports import CallHistory, Clock, RecordSource, Sessions, Users
from telephony.web.api import openapi
from telephony.web.api.routes import PREFIX, ROUTES, Route
from telephony.web.asked import Asked, House, unauthorised
from telephony.web.auth import Door
from telephony.web.health import Health
from telephony.web.origin import client_address, is_within, networks, require_own_page
from telephony.web.pages import Pages, guard_headers
from telephony.web.passwords import Passwords
from telephony.web.problems import Handler, ProblemError, problems
from telephony.web.settings import WebSettings
from telephony.web.sockets import AgentSockets

log = logging.getLogger(__name__)

_MOST_BYTES = 1024 * 1024
_PAGES = "/{path:(?!api/|ws/|twilio/).*}"
_SIGNED = "/twilio/"
"""Asked by no browser: each request is signed, and carries nobody's cookie."""
_CHECK_SESSIONS_S = 60.0


def no_metrics() -> bytes:
    """Give none."""
    return b""


class WebServer:
    """Serves while it is entered. `port` is the one it listens on.

    `webhooks` are what carriers are told at: addresses under `/twilio/`, which prove by themselves who asks.
    """

    def __init__(
        self,
        settings: WebSettings,
        *,
        desk: DeskPort,
        moves: MovesPort,
        screens: AgentSockets,
        users: Users,
        sessions: Sessions,
        customers: RecordSource,
        history: CallHistory,
        health: Health,
        clock: Clock,
        metrics: Callable[[], bytes] = no_metrics,
        webhooks: Iterable[web.RouteDef] = (),
        passwords: Passwords | None = None,
    ) -> None:
        self.port = settings.port
        self._settings = settings
        self._desk = desk
        self._screens = screens
        self._health = health
        self._metrics = metrics
        self._webhooks = tuple(webhooks)
        self._passwords = passwords or Passwords()
        self._door = Door(settings, users, sessions, self._passwords, clock)
        self._house = House(
            settings=settings,
            door=self._door,
            customers=customers,
            history=history,
            sockets=screens,
            moves=moves,
        )
        self._proxies = networks(settings.trusted_proxies)
        self._metrics_networks = networks(settings.metrics_networks)
        self._openapi = json.dumps(openapi.document(ROUTES, __version__), ensure_ascii=False)
        self._open = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self._passwords.close)
            runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=self._settings.shutdown_limit_s)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            site = web.TCPSite(runner, self._settings.host, self._settings.port, backlog=1024)
            await site.start()
            self.port = int(runner.addresses[0][1])
            sessions = asyncio.create_task(self._check_sessions(), name="web sessions")
            stack.push_async_callback(_end, sessions)
            self._open = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=_MOST_BYTES, middlewares=[problems, self._own_pages_only])
        app.on_response_prepare.append(guard_headers(self._settings, no_browsers=_SIGNED))
        app.on_shutdown.append(self._send_browsers_away)
        for route in ROUTES:
            app.router.add_route(route.method, PREFIX + route.path, self._answering(route))
        app.router.add_get(f"{PREFIX}/openapi.json", self._describe)
        app.router.add_get("/healthz", self._alive)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._measures)
        app.router.add_get("/ws/agent", self._agent_socket)
        app.add_routes(self._webhooks)
        app.router.add_get(_PAGES, Pages(self._settings).page)
        return app

    def _answering(self, route: Route) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            visitor = None if route.public else await self._door.visitor(request)
            if visitor is None and not route.public:
                raise unauthorised()
            return await route.handler(Asked(request=request, house=self._house, visitor=visitor))

        return answer

    @web.middleware
    async def _own_pages_only(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(_SIGNED):
            return await handler(request)
        if request.method not in {"GET", "HEAD", "OPTIONS"} or request.path.startswith("/ws/"):
            require_own_page(request, self._settings.public_base_url)
        return await handler(request)

    async def _agent_socket(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._door.visitor(request)
        if visitor is None:
            raise unauthorised()
        if visitor.user.agent is None:
            raise ProblemError(
                403,
                "no-agent",
                "You take no calls",
                what_to_do="Who runs the server can give you a phone: ringside users add LOGIN --extension NUMBER.",
            )
        return await self._screens.serve(request, visitor.user.agent.id, visitor.session, self._desk)

    async def _describe(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(text=self._openapi)

    async def _alive(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "alive"})

    async def _ready(self, request: web.Request) -> web.StreamResponse:
        checks = self._health()
        ready = all(check.ok for check in checks)
        told = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
        return web.json_response(
            {"status": "ready" if ready else "not ready", "checks": told}, status=200 if ready else 503
        )

    async def _measures(self, request: web.Request) -> web.StreamResponse:
        if not is_within(client_address(request, self._proxies), self._metrics_networks):
            raise ProblemError(
                403, "not-for-you", "Metrics are not for this network", what_to_do="Add it to server.metrics_networks."
            )
        return web.Response(body=self._metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def _send_browsers_away(self, app: web.Application) -> None:
        self._screens.close()

    async def _check_sessions(self) -> None:
        """Close the sockets of sessions that have run out; other requests are checked one by one."""
        while True:
            await asyncio.sleep(_CHECK_SESSIONS_S)
            for session in self._screens.sessions():
                try:
                    still_open = await self._door.is_open(session)
                except StoreUnavailableError:
                    break
                if not still_open:
                    self._screens.log_out(session)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
