"""One agent's events, numbered, and the browsers that follow them."""

import json
import time
from collections import deque
from dataclasses import dataclass, field

from telephony.web.browser import Browser

_AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
_MOST_EVENTS = 500
_MOST_CHARS = 64 * 1024  # a thousand agents keep at most some 64 MB between them


def encode(n: int, event: dict[str, object]) -> str:
    """Write an event with its number, as it goes over the socket."""
    return _AS_JSON({"n": n, **event})


def _first_number() -> int:
    # Milliseconds since 1970: numbers then grow over restarts of the server too (an agent has less than one event in a
    # millisecond), so that a browser that resumes after a restart never mistakes new events for ones it has seen.
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class AgentLog:
    """The latest events, so that a browser that was away for a moment gets only what it missed."""

    n: int = field(default_factory=_first_number)
    browsers: set[Browser] = field(default_factory=set)
    _kept: deque[tuple[int, str]] = field(default_factory=deque)
    _chars: int = 0

    def add(self, event: dict[str, object]) -> None:
        """Number an event, keep it and send it to every browser; it is written as JSON once."""
        self.n += 1
        text = encode(self.n, event)
        self._kept.append((self.n, text))
        self._chars += len(text)
        while len(self._kept) > _MOST_EVENTS or self._chars > _MOST_CHARS:
            self._chars -= len(self._kept.popleft()[1])
        for browser in self.browsers:
            browser.send(text)

    def after(self, n: int) -> list[str] | None:
        """Give the events after number `n`; None when some of them are no longer kept, or `n` is none of ours."""
        if n == self.n:
            return []
        if n > self.n or not self._kept or self._kept[0][0] > n + 1:
            return None
        return [text for number, text in self._kept if number > n]
