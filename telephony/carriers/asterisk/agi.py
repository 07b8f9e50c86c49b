"""The FastAGI server: Asterisk brings calls here, one connection and one task each."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from telephony.carriers.asterisk.agi_connection import AgiConnection
from telephony.carriers.asterisk.settings import AsteriskSettings
from telephony.errors import CarrierUnavailableError, SettingsError

logger = logging.getLogger(__name__)

TakeLine = Callable[[AgiConnection, list[bytes]], Coroutine[None, None, None]]
_CLOSE_LIMIT_S = 5.0


class AgiServer:
    """Listens for Asterisk's calls; each one that is let in becomes one task running `take_line`."""

    def __init__(self, settings: AsteriskSettings, take_line: TakeLine) -> None:
        self._settings = settings
        self._take_line = take_line
        networks = allowed_networks(settings.agi_allow)
        self._is_allowed = lru_cache(maxsize=256)(lambda peer: _is_allowed(peer, networks))
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._unread: set[AgiConnection] = set()

    @property
    def live_lines(self) -> int:
        """Return how many callers are here now."""
        return len(self._tasks)

    async def start(self) -> None:
        """Listen. Raises CarrierUnavailableError when the address cannot be had."""
        settings = self._settings
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._connection, settings.agi_host, settings.agi_port, backlog=512
            )
        except OSError as fault:
            msg = f"cannot listen for AGI on {settings.agi_host}:{settings.agi_port}: {fault.strerror or fault}"
            raise CarrierUnavailableError(msg) from None

    async def stop(self) -> None:
        """Close every connection; Asterisk's dialplan goes on with those callers."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._unread):
            connection.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSE_LIMIT_S)

    def _connection(self) -> AgiConnection:
        return _Guarded(self)

    def let_in(self, connection: AgiConnection) -> bool:
        """Tell whether this peer may bring a call now."""
        reason = ""
        if not self._is_allowed(connection.peer):
            reason = "address not in carriers.asterisk.agi_allow"
        elif len(self._tasks) + len(self._unread) >= self._settings.agi_session_limit:
            reason = "carriers.asterisk.agi_sessions reached"
        if reason:
            logger.warning(
                "agi client refused", extra={"action": "agi_refused", "peer": connection.peer, "reason": reason}
            )
            return False
        self._unread.add(connection)
        return True

    def forget(self, connection: AgiConnection) -> None:
        """Take note that a connection ended or became a call."""
        self._unread.discard(connection)

    def begin(self, connection: AgiConnection, lines: list[bytes]) -> None:
        """Give a connection whose headers are complete its task."""
        self.forget(connection)
        task = asyncio.create_task(self._take_line(connection, lines), name=f"agi-{connection.peer}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def header_limit_s(self) -> float:
        """Return how long a client may take for its headers."""
        return self._settings.agi_header_limit_s


class _Guarded(AgiConnection):
    """A connection that asks at the door."""

    def __init__(self, server: AgiServer) -> None:
        super().__init__(server.header_limit_s, server.begin)
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close the door again to those who may not come in."""
        super().connection_made(transport)
        if not self._server.let_in(self):
            self.refuse()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Leave the server's books, however it ended."""
        self._server.forget(self)
        super().connection_lost(exc)


def allowed_networks(entries: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read addresses and networks. Raises SettingsError naming every one that is neither."""
    networks, faults = [], []
    for entry in entries:
        try:
            networks.append(ip_network(entry, strict=False))
        except ValueError:
            faults.append(f"carriers.asterisk.agi_allow: {entry!r} is no address and no network like 10.0.0.0/24")
    if faults:
        raise SettingsError(faults)
    return tuple(networks)


def _is_allowed(peer: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in network for network in networks)
