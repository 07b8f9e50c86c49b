"""Requests that wait for a document."""

import asyncio


class Waiters:
    """Of one line."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    async def wait(self, limit_s: float) -> None:
        """Return when it is stirred, or the limit is over."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters.add(waiter)
        # A plain timer: asyncio.timeout costs a caller's answer more than all else here
        timer = loop.call_later(limit_s, _let_go, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiters.discard(waiter)

    def stir(self) -> None:
        """Let all who wait now go on."""
        for waiter in self._waiters:
            _let_go(waiter)


def _let_go(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
