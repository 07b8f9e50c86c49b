"""The agents' screens: every browser of an agent sees the same numbered events (docs/agent_socket.md)."""

import asyncio
import logging
from typing import assert_never

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from pydantic import ValidationError

from telephony.calls.model import AgentId, CallId
from telephony.errors import RingsideError
from telephony.journey.desk import DeskPort
from telephony.routing.agents import AgentState
from telephony.web.agent_log import AgentLog, encode
from telephony.web.browser import Browser
from telephony.web.messages import MESSAGES, Ack, DeclineCall, HangUpCall, Message, Ping, SetState, WrapUp

log = logging.getLogger(__name__)

SESSION_OVER = 4401
"""Close code: the session has ended; log in again."""

_MOST_BROWSERS = 16
_MOST_BYTES = 64 * 1024
_DESK_LIMIT_S = 10.0


class AgentSockets:
    """The `ports.AgentScreens` that browsers stand behind. Made before the desk; `serve` is told which desk."""

    def __init__(self, *, gone_after_s: float = 5.0, heartbeat_s: float = 20.0, send_limit_s: float = 10.0) -> None:
        self._gone_after_s = gone_after_s
        self._heartbeat_s = heartbeat_s
        self._send_limit_s = send_limit_s
        self._logs: dict[AgentId, AgentLog] = {}
        self._leaving: dict[AgentId, asyncio.TimerHandle] = {}
        self._stopping = False

    @property
    def count(self) -> int:
        """Return how many browsers are connected."""
        return sum(len(agent.browsers) for agent in self._logs.values())

    def show(self, agent: AgentId, event: dict[str, object]) -> None:
        """Send one event to every browser of this agent. Nothing is kept for agents who have none for a while."""
        if known := self._logs.get(agent):
            known.add(event)

    def sessions(self) -> frozenset[str]:
        """Give the sessions whose browsers are connected."""
        return frozenset(browser.session for agent in self._logs.values() for browser in agent.browsers)

    def log_out(self, session: str) -> None:
        """Close every browser of a session that has ended."""
        self._close(SESSION_OVER, "log in again", session)

    def close(self) -> None:
        """Send every browser away; the server stops."""
        self._stopping = True
        for timer in self._leaving.values():
            timer.cancel()
        self._close(WSCloseCode.GOING_AWAY, "the server restarts", None)

    async def serve(self, request: web.Request, agent: AgentId, session: str, desk: DeskPort) -> web.WebSocketResponse:
        """Speak with one browser until it goes. Compression is off: it takes a quarter of a megabyte a browser."""
        socket = web.WebSocketResponse(heartbeat=self._heartbeat_s, max_msg_size=_MOST_BYTES, compress=False)
        await socket.prepare(request)
        browser = Browser(request, socket, session, self._send_limit_s)
        writer = asyncio.create_task(browser.write(), name=f"agent socket {agent}")
        try:
            self._join_or_close(agent, browser, desk, request.query.get("after", ""))
            async for message in socket:
                await self._heard(agent, browser, desk, message)
        finally:
            self._leave(agent, browser, desk)
            browser.close(WSCloseCode.OK, "")
            await writer
        return socket

    def _join_or_close(self, agent: AgentId, browser: Browser, desk: DeskPort, after: str) -> None:
        try:
            self._join(agent, browser, desk, after)
        except Exception:
            log.exception("agent screen failed", extra={"action": "agent_screen_failed", "agent": agent})
            browser.close(WSCloseCode.INTERNAL_ERROR, "something went wrong on our side")

    def _join(self, agent: AgentId, browser: Browser, desk: DeskPort, after: str) -> None:
        """Bring a browser up to date. Nothing is awaited here, so no event falls between snapshot and next."""
        if self._stopping:
            browser.close(WSCloseCode.GOING_AWAY, "the server restarts")
            return
        if timer := self._leaving.pop(agent, None):
            timer.cancel()
        known = self._logs.get(agent)
        if known is None:
            known = self._logs[agent] = AgentLog()
            desk.opened(agent)
        if len(known.browsers) >= _MOST_BROWSERS:
            browser.close(WSCloseCode.POLICY_VIOLATION, "too many windows are open")
            return
        missed = known.after(int(after)) if after.isascii() and after.isdigit() and len(after) < 16 else None
        if missed is None:
            missed = [encode(known.n, {"type": "snapshot", **desk.snapshot(agent)})]
        known.browsers.add(browser)
        for text in missed:
            browser.send(text)

    def _leave(self, agent: AgentId, browser: Browser, desk: DeskPort) -> None:
        known = self._logs.get(agent)
        if known is None:
            return
        known.browsers.discard(browser)
        if known.browsers or self._stopping or agent in self._leaving:
            return
        # A reload closes the socket too, and comes back within a second or two.
        loop = asyncio.get_running_loop()
        self._leaving[agent] = loop.call_later(self._gone_after_s, self._gone, agent, desk)

    def _gone(self, agent: AgentId, desk: DeskPort) -> None:
        del self._leaving[agent]
        del self._logs[agent]
        desk.closed(agent)

    async def _heard(self, agent: AgentId, browser: Browser, desk: DeskPort, heard: WSMessage) -> None:
        """Do what the browser asks; whatever is wrong with it becomes a problem event in that browser."""
        try:
            if heard.type is not WSMsgType.TEXT:
                self._refuse(agent, browser, "Only text messages are understood", "Reload the page.")
                return
            message = MESSAGES.validate_json(heard.data)
            async with asyncio.timeout(_DESK_LIMIT_S):
                await self._perform(agent, browser, desk, message)
        except ValidationError as faults:
            first = faults.errors(include_url=False, include_context=False, include_input=False)[0]
            self._refuse(agent, browser, f"The message was not understood: {first['msg']}", "Reload the page.")
        except RingsideError as refusal:
            self._refuse(agent, browser, str(refusal), "")
        except TimeoutError:
            self._refuse(
                agent, browser, "The telephone exchange does not answer", "Use the phone itself, or try again."
            )
        except Exception:
            log.exception("agent message failed", extra={"action": "agent_message_failed", "agent": agent})
            self._refuse(agent, browser, "Something went wrong on our side", "Try again, or tell a supervisor.")

    async def _perform(self, agent: AgentId, browser: Browser, desk: DeskPort, message: Message) -> None:
        match message:
            case Ack():
                desk.acknowledge(agent, message.pop_id)
            case SetState():
                await desk.set_state(agent, AgentState(message.value))
            case HangUpCall():
                await desk.hang_up(agent, CallId(message.call_id))
            case DeclineCall():
                await desk.decline(agent, CallId(message.call_id))
            case WrapUp():
                desk.wrap_up(agent, CallId(message.call_id), message.note, done=message.done)
            case Ping():
                browser.send(encode(self._logs[agent].n, {"type": "pong"}))
            case _:
                assert_never(message)

    def _refuse(self, agent: AgentId, browser: Browser, detail: str, what_to_do: str) -> None:
        event: dict[str, object] = {
            "type": "problem",
            "title": "That was not done",
            "detail": detail,
            "what_to_do": what_to_do,
        }
        browser.send(encode(self._logs[agent].n, event))

    def _close(self, code: int, why: str, session: str | None) -> None:
        for agent in self._logs.values():
            for browser in agent.browsers:
                if session is None or browser.session == session:
                    browser.close(code, why)
