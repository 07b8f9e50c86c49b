"""What the web server can be told."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """How browsers reach Ringside. Durations are seconds, networks are CIDR texts."""

    host: str = "127.0.0.1"
    port: int = 8080
    """0 takes a free one; `WebServer.port` tells which."""
    public_base_url: str = ""
    """How browsers see us, e.g. `https://desk.example.com`; an https one makes cookies Secure. Empty: as they ask."""
    recordings: Path = Path("recordings")
    """The folder that `CallEntry.recordings` are below."""
    static: Path = field(default_factory=lambda: Path(__file__).parent / "static")
    """The built browser apps."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose `X-Forwarded-For` is believed."""
    metrics_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    """Who may read `/metrics`."""
    session_s: int = 12 * 3600
    shutdown_limit_s: float = 5.0
    agent_gone_after_s: float = 5.0
    """An agent without any browser for this long is away; a reload takes less."""
    heartbeat_s: float = 20.0
    sip_domain: str = ""
    """The domain of browser phones' addresses; empty: the host of the page."""
    sip_ws_url: str = ""
    """Where browser phones register, e.g. `wss://pbx.example.com:8089/ws`; empty: `ws://<host of the page>:8088/ws`."""
    ice_servers: tuple[str, ...] = ()
    """STUN or TURN addresses for browser phones, e.g. `stun:stun.example.com:3478`."""

    @property
    def secure(self) -> bool:
        """Tell whether browsers reach us over TLS."""
        return self.public_base_url.startswith("https://")
