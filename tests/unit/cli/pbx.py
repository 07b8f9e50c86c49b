"""A manager interface on a real socket that can be set up wrongly in every way a doctor should see."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

SECRET = "right"
LISTS = {
    "CoreShowChannels": "CoreShowChannelsComplete",
    "DeviceStateList": "DeviceStateListComplete",
}


@dataclass(slots=True, kw_only=True)
class FakePbx:
    """What this Asterisk is like; the defaults are one that is set up as it should be."""

    greeting: bytes = b"Asterisk Call Manager/11.0.0\r\n"
    answers_login: bool = True
    denied: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset(
        {"res_agi", "cel_manager", "cel_custom", "app_dial", "app_mixmonitor", "res_musiconhold"}
    )
    contexts: frozenset[str] = frozenset({"ringside-in", "ringside-call", "ringside-fallback"})
    variables: dict[str, str] = field(default_factory=dict)
    """Value by name, of globals and of functions."""
    endpoints: dict[str, str] = field(default_factory=dict)
    """State by name."""
    endless: frozenset[str] = frozenset()
    """Endpoints for browsers, without `rtp_timeout`."""
    events: frozenset[str] = frozenset({"Hangup", "CEL CHAN_START", "CEL LINKEDID_END"})
    stamped: bool = True
    version: str = "22.10.1"
    clock: str = ""
    """What it says the time is; '' is the right one."""
    pong_after_s: float = 0.0
    asked: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.greeting)
        try:
            while data := await reader.readuntil(b"\r\n\r\n"):
                action = dict(line.split(": ", 1) for line in data.decode().splitlines() if line)
                self.asked.append(action)
                answer = self._answer(action)
                if action["Action"] == "Ping":
                    await asyncio.sleep(self.pong_after_s)
                for message in answer:
                    writer.write("".join(f"{key}: {value}\r\n" for key, value in message).encode() + b"\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, action: dict[str, str]) -> list[list[tuple[str, str]]]:
        name, said = action["Action"], [("ActionID", action["ActionID"])]
        if name == "Login":
            return self._login(action, said)
        fault = "Permission denied" if name in self.denied else self._fault(action)
        if fault:
            return [[("Response", "Error"), *said, ("Message", fault)]]
        good = [("Response", "Success"), *said, *self._facts(action)]
        return [good, *self._following(action, said)]

    def _login(self, action: dict[str, str], said: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
        if not self.answers_login:
            return []
        if action["Secret"] != SECRET:
            return [[("Response", "Error"), *said, ("Message", "Authentication failed")]]
        return [[("Response", "Success"), *said, ("Message", "Authentication accepted")], [("Event", "FullyBooted")]]

    def _fault(self, action: dict[str, str]) -> str:
        match action["Action"]:
            case "Hangup" | "Redirect" | "Status":
                return "No such channel"
            case "Originate" if "Channel" not in action:
                return "Channel not specified"
            case "ModuleCheck" if action["Module"] not in self.modules:
                return "Module not loaded"
            case "ShowDialPlan" if action["Context"] not in self.contexts:
                return f"Did not find context {action['Context']}"
            case "PJSIPShowEndpoint" if action["Endpoint"] not in self.endpoints:
                return f"Unable to retrieve endpoint {action['Endpoint']}"
        return ""

    def _facts(self, action: dict[str, str]) -> list[tuple[str, str]]:
        match action["Action"]:
            case "CoreSettings":
                return [("AsteriskVersion", self.version)]
            case "Ping":
                return [("Timestamp", self.clock or f"{time.time():.6f}")]
            case "Getvar":
                return [("Variable", action["Variable"]), ("Value", self.variables.get(action["Variable"], ""))]
        return []

    def _following(self, action: dict[str, str], said: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
        name = action["Action"]
        if name in LISTS:
            return [[("Event", LISTS[name]), *said]]
        if name == "PJSIPShowEndpoint":
            endpoint = action["Endpoint"]
            detail = [("ObjectName", endpoint), ("DeviceState", self.endpoints[endpoint])]
            if endpoint in self.endless:
                detail += [("Webrtc", "yes"), ("RtpTimeout", "0")]
            return [[("Event", "EndpointDetail"), *said, *detail], [("Event", "EndpointDetailComplete"), *said]]
        if name == "Originate":
            stamp = [("Timestamp", "1795325830.982204")] if self.stamped else []
            return [[*_event(event), *stamp, ("Linkedid", action["ChannelId"])] for event in sorted(self.events)]
        return []


def _event(name: str) -> list[tuple[str, str]]:
    kind, _, cel = name.partition(" ")
    return [("Event", kind), *([("EventName", cel)] if cel else [])]


@asynccontextmanager
async def running(pbx: FakePbx) -> AsyncIterator[FakePbx]:
    """Serve it at a free port until the block ends."""
    conversations: set[asyncio.Task[None]] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        conversations.add(task)
        await pbx.serve(reader, writer)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    pbx.port = server.sockets[0].getsockname()[1]
    try:
        yield pbx
    finally:
        server.close()
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await server.wait_closed()
