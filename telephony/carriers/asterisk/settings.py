"""What Ringside must know to work with one Asterisk."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskSettings:
    """One Asterisk. Paths are as Asterisk sees them; times are seconds."""

    host: str = "127.0.0.1"
    port: int = 5038
    username: str = "ringside"
    secret: str = ""
    connect_limit_s: float = 5.0
    login_limit_s: float = 5.0
    action_limit_s: float = 5.0
    ping_every_s: float = 5.0
    """At this pace Asterisk is asked for a sign of life, which also tells how swift it is; at least thrice in
    `watchdog_s`."""
    watchdog_s: float = 15.0
    """The link is dropped after this long without a byte."""
    backoff_first_s: float = 0.2
    backoff_limit_s: float = 15.0
    refused_retry_s: float = 30.0
    """After a successful start, how long to wait before a refused login is tried again."""
    event_limit: int = 20_000
    """Events that may wait to be read; beyond it the least important are dropped, counted, made good by a snapshot."""

    agi_host: str = "127.0.0.1"
    agi_port: int = 4573
    agi_allow: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses and networks that may bring calls; all others are closed at once."""
    agi_header_limit_s: float = 5.0
    agi_session_limit: int = 5_000
    agi_answer_limit_s: float = 10.0
    """For commands that Asterisk performs at once."""
    call_limit_s: float = 4 * 3600.0
    """The longest talk, and the longest prompt."""

    recordings_dir: str = "/var/spool/asterisk/ringside"
    recordings_seen_at: str = ""
    """The same folder as Ringside sees it; '' when both see it under one name."""
    outbound_context: str = "ringside-outbound"
    """Where calls that Ringside places go on in the dialplan once they are answered."""
    outside_dial: str = ""
    """Address of a telephone outside, with `{number}` in it; '' lets flows call nobody outside."""
    outside_allow: tuple[str, ...] = ()
    """Beginnings of the numbers that flows may have called."""
    outside_caller_id: str = ""
    """Number that such a call shows; '' for the caller's own."""
    confirm_mobiles: bool = True
    """Whether an agent at a telephone outside must press a key to take a call, lest a machine takes it."""
    language: str = "en"
    """In which they are asked."""
