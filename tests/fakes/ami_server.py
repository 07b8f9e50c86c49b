"""An Asterisk manager interface on a real socket that can misbehave: be silent, freeze, drop, refuse, send rubbish."""

import asyncio
from types import TracebackType
from typing import Self

from tests.waiting import PATIENCE_S

GREETING = b"Asterisk Call Manager/11.0.0\r\n"


class AmiServer:
    """Answers like Asterisk; set the fields to have it answer worse. `actions` are all it was sent, in order."""

    def __init__(self, *, secret: str = "secret", port: int = 0) -> None:
        self.secret = secret
        self.port = port
        self.greeting = GREETING
        self.silent: set[str] = set()
        """Actions that are taken and never answered; `*` is every one."""
        self.drops_on: set[str] = set()
        """Actions on which the connection is cut instead of an answer."""
        self.refuses: dict[str, str] = {}
        """Actions that are answered by an error with this message."""
        self.late_s: dict[str, float] = {}
        """After so long these are answered; what came behind them waits, as in Asterisk."""
        self.cut_lists = False
        """Begin lists and never end them."""
        self.channels: list[dict[str, str]] = []
        self.devices: list[dict[str, str]] = []
        self.queued: list[dict[str, str]] = []
        """The callers in its queues."""
        self.variables: dict[str, dict[str, str]] = {}
        """What `Getvar` gives, by channel."""
        self.outputs: dict[str, str] = {}
        """What `Command` actions print."""
        self.after_login = b""
        """Bytes that leave in the same write as the answer to the login."""
        self.actions: list[dict[str, str]] = []
        self.logins = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.drop()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)

    def drop(self) -> None:
        """Cut every connection."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def send(self, raw: bytes) -> None:
        """Send bytes as they are to everybody who is connected."""
        for writer in self._writers:
            writer.write(raw)

    def event(self, name: str, **headers: str) -> None:
        self.send(message({"Event": name, **headers}))

    def sent(self, action: str) -> list[dict[str, str]]:
        return [one for one in self.actions if one["Action"] == action]

    async def wait_for(self, action: str, times: int = 1) -> None:
        """Wait until an action was received so many times."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.sent(action)) < times:
                self._news.clear()
                await self._news.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            writer.write(self.greeting)
            while raw := await reader.readuntil(b"\r\n\r\n"):
                action = parse(raw)
                self.actions.append(action)
                self._news.set()
                await asyncio.sleep(self.late_s.get(action["Action"], 0))
                self._answer(action, writer)
        except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):  # Python 3.11 logs a cancelled one
            pass
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.transport.abort()

    def _answer(self, action: dict[str, str], writer: asyncio.StreamWriter) -> None:
        name, of = action["Action"], {"ActionID": action["ActionID"]}
        if name in self.drops_on:
            writer.transport.abort()
        elif name in self.silent or "*" in self.silent:
            return
        elif name in self.refuses:
            writer.write(message({"Response": "Error", **of, "Message": self.refuses[name]}))
        elif name == "Login":
            self._login(action, of, writer)
        elif name == "CoreShowChannels":
            self._list("CoreShowChannel", self.channels, of, writer)
        elif name == "DeviceStateList":
            self._list("DeviceStateChange", self.devices, of, writer)
        elif name == "QueueStatus":
            self._list("QueueEntry", self.queued, of, writer)
        elif name == "Getvar":
            value = self.variables.get(action["Channel"], {}).get(action["Variable"], "")
            writer.write(message({"Response": "Success", **of, "Variable": action["Variable"], "Value": value}))
        elif name == "Command":
            printed = self.outputs.get(action["Command"], "").splitlines()
            lines = "".join(f"Output: {line}\r\n" for line in printed)
            head = message({"Response": "Success", **of, "Message": "Command output follows"})
            writer.write(head.removesuffix(b"\r\n") + lines.encode() + b"\r\n")
        else:
            writer.write(message({"Response": "Success", **of, "Message": "Done"}))

    def _login(self, action: dict[str, str], of: dict[str, str], writer: asyncio.StreamWriter) -> None:
        if action["Secret"] != self.secret:
            writer.write(message({"Response": "Error", **of, "Message": "Authentication failed"}))
            writer.close()
            return
        self.logins += 1
        writer.write(message({"Response": "Success", **of, "Message": "Authentication accepted"}) + self.after_login)

    def _list(self, event: str, items: list[dict[str, str]], of: dict[str, str], writer: asyncio.StreamWriter) -> None:
        writer.write(message({"Response": "Success", **of, "EventList": "start", "Message": "will follow"}))
        for item in items:
            writer.write(message({"Event": event, **of, **item}))
        if not self.cut_lists:
            writer.write(message({"Event": f"{event}sComplete", **of, "EventList": "Complete"}))


def message(headers: dict[str, str]) -> bytes:
    return "".join(f"{key}: {value}\r\n" for key, value in headers.items()).encode() + b"\r\n"


def parse(raw: bytes) -> dict[str, str]:
    lines = raw.decode().split("\r\n")
    return {key: value for key, colon, value in (line.partition(": ") for line in lines) if colon}
