"""One thread that does pieces of work in their order, for an event loop that waits for each.

An executor of the standard library does as much with two futures, two locks and a condition for each piece: a look-up
crosses here and back in a third of the time, and every caller pays for one.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
_Piece = tuple[Callable[[], Any], "asyncio.Future[Any]", asyncio.AbstractEventLoop]


class Lane:
    """The thread begins with the first piece of work and ends with `close`, or with the process."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pieces: SimpleQueue[_Piece | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, work: Callable[[], T], limit_s: float | None = None) -> T:
        """Return what `work` gives, or raise what it raises. Work that nobody waits for any more is not begun.

        Raises TimeoutError after `limit_s`; the work may go on.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._pieces.put((work, answer, loop))
        if limit_s is None:
            return await answer
        # A plain timer: asyncio.timeout costs as much as the rest of this method
        timer = loop.call_later(limit_s, _settle, answer, None, TimeoutError())
        try:
            return await answer
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the thread after the work in hand; what waits behind it is not begun."""
        self._pieces.put(None)

    def _work(self) -> None:
        while (piece := self._pieces.get()) is not None:
            work, answer, loop = piece
            if answer.done():
                continue
            found, fault = None, None
            try:
                found = work()
            except BaseException as error:  # whatever it is, it belongs to who waits for it
                fault = error
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(_settle, answer, found, fault)
            del piece, work, answer, found, fault  # what a look-up gave must not live on until the next one


def _settle(answer: "asyncio.Future[Any]", found: object, fault: BaseException | None) -> None:
    if answer.done():
        return
    if fault is not None:
        answer.set_exception(fault)
    else:
        answer.set_result(found)
