"""Status callbacks: what Twilio tells of a call beside its documents, in order or as badly as a test wants it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from tests.fakes.twilio.call import EVENT_OF, Call
from tests.fakes.twilio.fields import progress
from tests.fakes.twilio.pace import Pace
from tests.fakes.twilio.webhooks import Webhooks

Spawn = Callable[[Coroutine[None, None, None], str], "asyncio.Task[None]"]


@dataclass(slots=True, kw_only=True)
class Rule:
    """How callbacks are sent. `event`: initiated, ringing, answered, completed, recording, amd or `*` for all."""

    event: str
    late_s: float = 0.0
    copies: int = 1
    swapped: bool = False
    times: int | None = None
    """For how many callbacks it holds; None: for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Post:
    url: str
    fields: dict[str, str]
    method: str
    sid: str


class Callbacks:
    """Sends callbacks, one call's one after the other, each by itself in the background."""

    def __init__(self, pace: Pace, webhooks: Webhooks, spawn: Spawn) -> None:
        self._pace = pace
        self._webhooks = webhooks
        self._spawn = spawn
        self._rules: list[Rule] = []
        self._last: dict[str, asyncio.Task[None]] = {}
        self._held: dict[str, list[_Post]] = {}

    def late(self, event: str, by_s: float, *, times: int | None = None) -> None:
        """Send these so much later; those of other events overtake them."""
        self._rules.append(Rule(event=event, late_s=by_s, times=times))

    def twice(self, event: str, *, copies: int = 2, times: int | None = None) -> None:
        """Send these so many times, each with the same fields and the same signature."""
        self._rules.append(Rule(event=event, copies=copies, times=times))

    def lost(self, event: str, *, times: int | None = None) -> None:
        """Never send these; their sequence numbers are missing."""
        self._rules.append(Rule(event=event, copies=0, times=times))

    def swapped(self, event: str, *, times: int | None = None) -> None:
        """Send these right after the next callback of the same call."""
        self._rules.append(Rule(event=event, swapped=True, times=times))

    def astray(self, how: str, event: str) -> None:
        """Send these `twice`, `late` or `swapped`, for tests to which it must not matter."""
        match how:
            case "twice":
                self.twice(event)
            case "late":
                self.late(event, 1.5)
            case _:
                self.swapped(event)

    def as_usual(self) -> None:
        """Forget all of that."""
        self._rules.clear()

    def call_is(self, call: Call, status: str) -> None:
        """Tell the subscriber of a call, if there is one for this."""
        event = EVENT_OF.get(status, "completed")
        asked = call.subscription
        if asked is None or event not in asked.events:
            return
        fields = progress(call, status, call.sequence, self._pace.now())
        call.sequence += 1
        self.post(event, asked.url, fields, method=asked.method, sid=call.sid)

    def post(self, event: str, url: str, fields: dict[str, str], *, method: str = "POST", sid: str) -> None:
        """Send one callback, by the rules."""
        rule = self._rule_for(event)
        post = _Post(url=url, fields=fields, method=method, sid=sid)
        if rule.swapped:
            self._held.setdefault(sid, []).append(post)
            return
        posts = [post] * rule.copies + self._held.pop(sid, [])
        before = None if rule.late_s else self._last.get(sid)
        task = self._spawn(self._send(posts, rule.late_s, before), f"twilio callback {event} {sid}")
        if not rule.late_s:
            self._last[sid] = task

    def _rule_for(self, event: str) -> Rule:
        for rule in self._rules:
            if rule.event in (event, "*") and rule.times != 0:
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return Rule(event=event)

    async def _send(self, posts: list[_Post], late_s: float, before: "asyncio.Task[None] | None") -> None:
        if late_s:
            await self._pace.sleep(late_s)
        if before is not None:
            await asyncio.wait([before])
        for post in posts:
            await self._webhooks.ask(post.url, post.fields, method=post.method, kind="callback", call_sid=post.sid)
