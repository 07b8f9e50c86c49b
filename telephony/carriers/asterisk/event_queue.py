"""The one ordered way from the AMI socket to the reader: bounded, and honest about what it dropped."""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RawEvent:
    """An event as it came, not read yet: bytes are a tenth of the memory of a read one."""

    name: bytes
    message: bytes


@dataclass(frozen=True, slots=True)
class LinkUp:
    """Logged in; the events after this mark belong to the new connection."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The connection is gone; nothing is known from here to the next `LinkUp`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Overflowed:
    """Events before this mark are missing: take a snapshot."""

    since: datetime


Item = RawEvent | LinkUp | LinkDown | Overflowed

LEAST_IMPORTANT_FIRST = (
    b"DeviceStateChange",
    b"Newstate",
    b"QueueCallerLeave",
    b"QueueCallerJoin",
    b"DialEnd",
    b"DialBegin",
    b"Hangup",
    b"CEL",
)
"""Phone states come back whole with the next snapshot; a lost CEL row must be read again from Asterisk's file."""


class EventQueue:
    """Events and marks in the order they came. Over `limit` the oldest of the least important kind are dropped."""

    def __init__(self, limit: int) -> None:
        self.dropped = 0
        self._limit = limit
        self._items: deque[Item] = deque()
        self._waiting: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item, now: datetime) -> None:
        """Add at the end; marks are never dropped."""
        self._items.append(item)
        if len(self._items) > self._limit:
            self._shed(now)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def take(self) -> Item | None:
        """Return the oldest; None when there is nothing."""
        return self._items.popleft() if self._items else None

    async def some(self) -> None:
        """Wait until there is something to take. For one reader."""
        if not self._items:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting

    def _shed(self, now: datetime) -> None:
        # A quarter at once, so that a flood does not make every event walk the whole queue
        excess = max(1, self._limit // 4)
        for name in LEAST_IMPORTANT_FIRST:
            kept: deque[Item] = deque()
            for item in self._items:
                if excess and isinstance(item, RawEvent) and item.name == name:
                    excess -= 1
                    self.dropped += 1
                else:
                    kept.append(item)
            self._items = kept
            if not excess:
                break
        # At the end, also when it stood there before: what still waits is told before the snapshot that corrects it
        earlier = next((item for item in self._items if isinstance(item, Overflowed)), None)
        if earlier is not None:
            self._items.remove(earlier)
        self._items.append(earlier or Overflowed(now))
