"""The mailbox of a call: anybody puts in, the call's own task takes out."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """What waits, oldest first; for one reader. `asyncio.Queue` takes three times as long, twenty times a call."""

    __slots__ = ("_mail", "_reader")

    def __init__(self) -> None:
        self._mail: deque[T] = deque()
        self._reader: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._mail)

    def put(self, mail: T) -> None:
        """Add at the end; never blocks."""
        self._mail.append(mail)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def take(self) -> T:
        """Return the oldest; waits for one when there is none."""
        while not self._mail:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._mail.popleft()

    def take_all(self) -> list[T]:
        """Return all that waits, oldest first, and leave nothing."""
        mail = list(self._mail)
        self._mail.clear()
        return mail
