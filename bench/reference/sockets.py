"""The least WebSocket server: who connects is who the address says."""

import asyncio
from collections.abc import Callable, Coroutine

import uvloop
from aiohttp import web

from bench import places

Sockets = dict[str, web.WebSocketResponse]


def serve(work: Callable[[Sockets], Coroutine[object, object, None]]) -> None:
    """Serve agents' sockets and do `work` with them, for ever."""
    uvloop.run(_serve(work))


async def _serve(work: Callable[[Sockets], Coroutine[object, object, None]]) -> None:
    sockets: Sockets = {}

    async def agent(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        sockets[request.query["name"].removeprefix("agent")] = socket
        async for _ in socket:
            pass
        return socket

    app = web.Application()
    app.router.add_get("/ws/agent", agent)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, places.HOST, places.REFERENCE_PORT).start()
    await asyncio.gather(work(sockets))
