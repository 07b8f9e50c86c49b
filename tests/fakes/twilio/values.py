"""What the fake tells its tests, and what tests tell it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Statuses a call does not leave again."""

APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye."


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedKey:
    """A key of the customer's own that signs webhooks by SHA-256 instead of the account's token by SHA-1."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """A number of the account and where its calls are asked about."""

    number: str
    voice_url: str
    voice_method: str = "POST"
    fallback_url: str = ""
    status_callback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FarPhone:
    """What a phone out there does when it is called. One phone may be called many times."""

    rings_after_s: float = 0.5
    answers_after_s: float | None = 2.0
    """Counted from ringing; None lets it ring."""
    talks_s: float | None = 30.0
    """Then it hangs up; None never does.

    Counted from being joined with somebody, or, for who is only told something, from the first verb of that: how long
    the customer takes on a busy machine is none of it. Who `presses` stays until they are joined or hung up on.
    """
    busy: bool = False
    """Refuses: at once where it would ring, or, with `declines_after_s`, after ringing so long."""
    declines_after_s: float | None = None
    unreachable: bool = False
    """Fails without ringing."""
    fails_after_ringing: bool = False
    """Rings, and where it would answer, the network reports a failure."""
    presses: str = ""
    """What whoever answers presses a second after each <Gather> begins; '' for a machine, or a test that presses."""
    answered_by: str = "human"
    """For machine detection: human, machine_start, fax or unknown."""


@dataclass(slots=True, kw_only=True)
class Heard:
    """Something played or said on a line; `what` is a URL, a text, or `tones 12`. Times are in Twilio's seconds."""

    kind: str
    """play, say, pause, beep, tones, ringing or talk; `what` of a talk is the address of the leg."""
    what: str
    at_s: float
    until_s: float | None = None
    """None while it is heard."""
    interrupted: bool = False
    """Ended before its end, by a key or because the call went on elsewhere."""
    voice: str = ""
    language: str = ""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request of Twilio's to the customer's server, with what came of it."""

    url: str
    method: str
    fields: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    call_sid: str = ""
    kind: str = "document"
    """document, callback or media."""
    status: int | None = None
    """None while there is no answer, or when none came."""
    content_type: str = ""
    answer: bytes = b""
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    error_code: int | None = None
    """Twilio's number of what went wrong."""
    took_real_s: float = 0.0

    @property
    def may_be_kept(self) -> bool:
        """Tell whether its answer may be used again without asking."""
        control = self.answer_headers.get("Cache-Control", "")
        return "max-age=" in control and "no-store" not in control and "max-age=0" not in control

    @property
    def text(self) -> str:
        return self.answer.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something of the customer's that Twilio would have put into its debugger."""

    code: int
    message: str
    call_sid: str = ""
    url: str = ""


class Misbehaviour(StrEnum):
    """How the REST API answers badly."""

    SERVER_ERROR = "server error"
    """Nothing is done; 500 with Twilio's JSON."""
    UNAVAILABLE = "unavailable"
    """Nothing is done; 503."""
    TOO_MANY = "too many"
    """Nothing is done; 429, code 20429, Retry-After."""
    HTML = "html"
    """Nothing is done; 502 and a page of a proxy."""
    HTML_200 = "html with 200"
    """Nothing is done; 200 and a page of a proxy."""
    NEVER = "never"
    """Nothing is done and nothing is answered, until the customer hangs up or the fake ends."""
    LATE = "late"
    """Done, and answered after `late_s`."""
    CUT_OFF = "cut off"
    """Done, and the connection is cut in the middle of the body."""
    DONE_BUT_LOST = "done but lost"
    """Done, and the connection is cut before the answer."""
    DONE_BUT_SILENT = "done but silent"
    """Done, and never answered."""
    REFUSED = "refused"
    """Nothing is done; the connection is cut."""
