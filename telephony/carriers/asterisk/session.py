"""One connection to Asterisk's manager interface, from its greeting to its end."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from telephony.carriers.asterisk.wire import (
    MessageCutter,
    MessageTooLongError,
    action_id,
    before_strangers,
    event_name,
    has_doubles,
    headers_of,
    is_torn,
    refuse_unsafe,
)
from telephony.errors import CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError

logger = logging.getLogger(__name__)

Fields = Mapping[str, str | list[str]]
_GREETING = b"Asterisk Call Manager/"


@dataclass(slots=True)
class _Pending:
    """An action on its way."""

    action: Action
    is_list: bool
    then: Callable[[], None] | None = None
    items: list[dict[str, str]] = field(default_factory=list)

    def settle(self, message: Message) -> None:
        """Take the response."""
        future: asyncio.Future[Any] = self.action.future
        if future.done():
            return
        if not message.success:
            future.set_exception(CarrierRefusedError(f"Asterisk refused {self.action['Action']}: {message.message}"))
            return
        if self.then is not None:
            self.then()
        if not self.is_list:
            future.set_result(message)

    def complete(self) -> None:
        """Take the end of a list."""
        future: asyncio.Future[Any] = self.action.future
        if not future.done():
            future.set_result(self.items)


class AmiSession(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """panoramisk's protocol with a reader, actions and an end of our own.

    Nothing is ever sent twice, every action ends (by its answer, its limit or the end of the connection), a message
    is read only when somebody wants it, and no bug in a reader reaches the socket.
    """

    def __init__(
        self,
        wanted: frozenset[bytes],
        on_event: Callable[[bytes, bytes], None],
        on_torn: Callable[[], None] = lambda: None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.greeted: asyncio.Future[str] = loop.create_future()
        self.ended: asyncio.Future[str] = loop.create_future()
        self.last_byte_at = loop.time()
        self.transport: asyncio.Transport | None = None
        self._loop = loop
        self._wanted = wanted
        self._on_event = on_event
        self._on_torn = on_torn
        self._distrust_until: str | None = None
        self._torn_list = ""
        self._cutter = MessageCutter()
        self._pending: dict[str, _Pending] = {}
        self._greeting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for Asterisk's greeting."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it

    def data_received(self, data: bytes) -> None:
        """Take bytes, however they are cut."""
        self.last_byte_at = self._loop.time()
        if not self.greeted.done():
            data = self._greet(data)
        try:
            for message in self._cutter.feed(data):
                self._take(message)
        except MessageTooLongError:
            self.drop("sent a message over 64 KiB")

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell all who wait; what was sent stays unknown, and is not sent again."""
        reason = f"connection lost: {exc}" if exc else "Asterisk closed the connection"
        if not self.ended.done():
            self.ended.set_result(reason)
        if not self.greeted.done():
            self.greeted.cancel()
        for pending in self._pending.values():
            if not pending.action.future.done():
                name = pending.action["Action"]
                pending.action.future.set_exception(OutcomeUnknownError(f"{name} was sent, then the {reason}"))
        self._pending.clear()

    def close(self) -> None:
        """End the connection; takes the place of panoramisk's, which keeps actions to send them again."""
        self.drop("closed by Ringside")

    def drop(self, reason: str) -> None:
        """End the connection at once, even when the peer does not answer."""
        if not self.ended.done():
            self.ended.set_result(reason)
        if self.transport is not None:
            self.transport.abort()

    def distrust(self) -> None:
        """Take no event as news until Asterisk has answered a question nobody can guess; then `on_torn` is called.

        A line break in a caller's number or name tears an event, and what follows may be the caller's own invention.
        Asterisk writes an event in one go, so the answer comes behind all of it.
        """
        if self._distrust_until is None:
            ping = Action({"Action": "Ping", "ActionID": _next_id()})
            self._distrust_until = ping["ActionID"]
            logger.warning("an event was torn by a caller's line break", extra={"action": "ami_torn"})
            self._write(ping)

    async def ask(self, fields: Fields, *, limit_s: float, then: Callable[[], None] | None = None) -> Message:
        """Send an action and return its response; `then` runs at once with a good one, before any later event.

        Raises CarrierUnavailableError (not sent), CarrierRefusedError, OutcomeUnknownError (sent, no answer in time).
        """
        return await self._answer(_Pending(_action(fields), is_list=False, then=then), limit_s)

    async def ask_list(self, fields: Fields, *, limit_s: float) -> list[dict[str, str]]:
        """Send an action that is answered by a list of events, and return them. Raises as `ask`."""
        items: list[dict[str, str]] = await self._answer(_Pending(_action(fields), is_list=True), limit_s)
        return items

    async def _answer(self, pending: _Pending, limit_s: float) -> Any:
        action = pending.action
        if self.ended.done() or self.transport is None or self.transport.is_closing():
            msg = f"{action['Action']} was not sent: there is no connection to Asterisk"
            raise CarrierUnavailableError(msg)
        self._pending[action["ActionID"]] = pending
        try:
            self._write(action)
            async with asyncio.timeout(limit_s):
                return await action.future
        except TimeoutError:
            msg = f"Asterisk did not answer {action['Action']} within {limit_s:g} s"
            raise OutcomeUnknownError(msg) from None
        finally:
            self._pending.pop(action["ActionID"], None)
            if self._torn_list == action["ActionID"]:
                self._torn_list = ""

    def _write(self, action: Action) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(str(action).encode())

    def _greet(self, data: bytes) -> bytes:
        self._greeting += data
        line, end, rest = self._greeting.partition(b"\r\n")
        if not _GREETING.startswith(line[: len(_GREETING)]):
            self.drop("what listens there is not Asterisk's manager interface")
            return b""
        if not end:
            return b""
        self.greeted.set_result(line.removeprefix(_GREETING).decode("ascii", "replace"))
        return rest

    def _take(self, message: bytes) -> None:
        name = event_name(message)
        if not name:
            if message.startswith(b"Response: "):
                self._respond(message)
            elif message and not any(pending.is_list for pending in self._pending.values()):
                self.distrust()  # the rest of an event whose caller has written what looks like its end
            return
        # An event that belongs to an action is a list's item: a late one must not pass for news
        owner = action_id(message) if (self._pending or name in self._wanted) else ""
        if owner:
            if pending := self._pending.get(owner):
                self._take_item(pending, name, message)
        elif name in self._wanted and self._distrust_until is None and not self._torn_list:
            if is_torn(name, message):
                self.distrust()
                return
            try:
                self._on_event(name, message)
            except Exception:
                logger.exception("event reader failed", extra={"action": "ami_reader_failed"})

    def _take_item(self, pending: _Pending, name: bytes, message: bytes) -> None:
        if name.endswith(b"Complete"):  # its headers may say so of any item, where a caller has written them
            self._torn_list = ""
            pending.complete()
            return
        item = headers_of(message)
        torn = is_torn(name, message) or has_doubles(message, item)
        # No event comes between the items of a list: what follows a torn one is its caller's invention
        self._torn_list = pending.action["ActionID"] if torn else ""
        pending.items.append(headers_of(before_strangers(message)) if torn else item)

    def _respond(self, message: bytes) -> None:
        answered = action_id(message)
        if answered and answered == self._distrust_until:
            self._distrust_until = None
            self._on_torn()
        pending = self._pending.get(answered)
        response = Message.from_line(message.decode("utf-8", "replace")) if pending else None
        if pending is not None and response is not None:
            pending.settle(response)


def _next_id() -> str:
    # Not to be guessed: a forged answer must not pass for one
    return f"ringside-{secrets.token_hex(8)}"


def _action(fields: Fields) -> Action:
    refuse_unsafe(fields)
    return Action({**fields, "ActionID": _next_id()})


def output_of(message: Message) -> str:
    """Return what a `Command` action printed."""
    lines = message.get("Output", "")
    return lines if isinstance(lines, str) else "\n".join(lines)
