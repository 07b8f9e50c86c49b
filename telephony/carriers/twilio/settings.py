"""What Ringside must know to work with one account at Twilio, or at a cloud that speaks its language."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSettings:
    """One account. Times are seconds; no secret is ever shown."""

    account_sid: str
    auth_token: str = field(repr=False)
    signing_keys: tuple[str, ...] = field(default=(), repr=False)
    """More secrets whose HMAC-SHA1 signature is believed, e.g. SignalWire's; the auth token always is one."""
    shared_keys: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Ids and secrets of shared keys, which sign by HMAC-SHA256."""
    api_base_url: str = "https://api.twilio.com"
    public_base_url: str = ""
    """Where the cloud reaches us, as its webhooks are set up; no slash at the end."""
    caller_id: str = ""
    """E.164, shown when numbers are rung; '' for the caller's own."""
    sip_dial: str = ""
    """How an Asterisk extension is reached, e.g. `sip:{extension}@pbx.example.com;transport=tls`; '' when it is not."""
    asterisk_sip: str = ""
    """How a number of ours is called at Asterisk, e.g. `sip:{called}@pbx.example.com`; '' when callers stay here."""
    answer_limit_s: float = 1.0
    """The longest a webhook is kept waiting for what to say next."""
    request_limit_s: float = 10.0
    connect_limit_s: float = 3.0
    unheard_limit_s: float = 60.0
    """After so long without a word of a caller, the cloud is asked whether they are still there."""
    recordings_dir: Path = Path("recordings")
    """Recordings as Ringside sees them; rendered prompts are in `prompts` below it."""
    music_dir: Path | None = None
    """`<music>.wav`, 8 kHz mono 16 bit; what is not there sounds like the music that comes with Ringside."""
    delete_recordings: bool = False
    fallback_number: str = ""
    """E.164; rung for callers whom Ringside hands over."""
    language: str = "en"
    """Of what is said before a flow has chosen."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks whose X-Forwarded-For is believed, for log lines."""
    confirm_mobiles: bool = True
    """Whether an agent at a telephone number must press a key to take a call, lest a machine takes it."""
    calls_per_second: float = 1.0
    """How many calls that are asked for over the API the account starts in a second; the others wait there."""
    account_limit: int = 0
    """Calls the account may carry at once; 0 when not known."""
