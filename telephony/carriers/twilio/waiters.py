"""Requests that wait for a document."""

import asyncio


class Waiters:
    """Of one line."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    async def wait(self, limit_s: float) -> None:
        """Return when it is stirred, or the limit is over."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(limit_s):
                await waiter
        except TimeoutError:
            pass
        finally:
            self._waiters.discard(waiter)

    def stir(self) -> None:
        """Let all who wait now go on."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
