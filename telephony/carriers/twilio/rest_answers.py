"""What the cloud tells of calls and recordings, as values. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from telephony.errors import OutcomeUnknownError


class CallStatus(StrEnum):
    """How far a call is."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more can happen to it."""
        return self not in LIVE


LIVE = (CallStatus.QUEUED, CallStatus.RINGING, CallStatus.IN_PROGRESS)
"""In the order a call goes through them."""
_SAME = {"initiated": CallStatus.QUEUED, "answered": CallStatus.IN_PROGRESS}
"""Words of callbacks and of other clouds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCall:
    """A call in the cloud's list. `created_at` is exact to a second; None when the cloud does not tell."""

    sid: str
    status: CallStatus
    to: str
    from_: str
    created_at: datetime | None
    direction: str
    """`inbound`, `outbound-api` (placed by a request), `outbound-dial` (a leg of another call) ..."""
    parent_sid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallState:
    """One call. Times are UTC; `price` is as the cloud gives it and None until it knows, see `prices`."""

    sid: str
    status: CallStatus
    duration_s: int | None
    price: Decimal | None
    currency: str
    answered_at: datetime | None
    """For a call in progress: when it began, as near as the cloud tells."""
    ended_at: datetime | None
    answered_by: str
    """`human`, `machine_start`, `fax`, `unknown` ...; '' when nobody listened for it."""
    from_: str = ""
    """As the cloud writes it, like `to`."""
    to: str = ""
    direction: str = ""
    """As in `PlacedCall`."""
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingState:
    """What the cloud tells of a recording it keeps."""

    sid: str
    call_sid: str
    status: str
    """`processing`, `completed`, `absent` (there never will be a file) ..."""
    seconds: int | None
    channels: int | None
    source: str = ""
    """What began it: `RecordVerb`, `DialVerb` ..."""
    began_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        """Tell whether nothing more happens to it."""
        return self.status in ("completed", "absent")

    @property
    def is_empty(self) -> bool:
        """Tell whether there never will be anything to fetch."""
        return self.status == "absent" or (self.status == "completed" and self.seconds == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """The account itself."""

    status: str
    """`active`, `suspended` or `closed`."""
    is_trial: bool
    """It calls verified numbers only, and says so to callers first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OurNumber:
    """A number of the account, and where the cloud asks about its calls; '' where nothing is set."""

    number: str
    voice_url: str
    voice_method: str
    fallback_url: str
    status_callback: str
    handled_by: str
    """An application or a trunk that takes its calls instead; '' for none."""


def account_state(told: Any) -> AccountState:
    """Read the library's account."""
    return AccountState(status=_text(told.status), is_trial=_text(told.type).lower() == "trial")


def our_number(told: Any) -> OurNumber:
    """Read the library's number."""
    return OurNumber(
        number=_text(told.phone_number),
        voice_url=_text(told.voice_url),
        voice_method=_text(told.voice_method).upper(),
        fallback_url=_text(told.voice_fallback_url),
        status_callback=_text(told.status_callback),
        handled_by=_text(told.voice_application_sid) or _text(told.trunk_sid),
    )


def placed_call(told: Any) -> PlacedCall:
    """Read the library's call. Raises OutcomeUnknownError when it has no SID or an odd status."""
    return PlacedCall(
        sid=sid_of(told),
        status=_status(told.status),
        to=_text(told.to),
        from_=_text(told._from),  # noqa: SLF001  # what the library calls a field that would be a keyword
        created_at=_time(told.date_created),
        direction=_text(told.direction),
        parent_sid=_text(told.parent_call_sid),
    )


def call_state(told: Any) -> CallState:
    """Read the library's call. Raises OutcomeUnknownError when it has no SID or an odd status."""
    status, duration_s, ended_at = _status(told.status), _whole(told.duration), _time(told.end_time)
    return CallState(
        sid=sid_of(told),
        status=status,
        duration_s=duration_s,
        price=_money(told.price),
        currency=_text(told.price_unit).upper(),
        answered_at=_answered_at(status, _time(told.start_time), ended_at, duration_s),
        ended_at=ended_at if status.is_over else None,
        answered_by=_text(told.answered_by),
        from_=_text(told._from),  # noqa: SLF001  # what the library calls a field that would be a keyword
        to=_text(told.to),
        direction=_text(told.direction),
        began_at=_time(told.date_created) or _time(told.start_time),
    )


def recording_state(told: Any) -> RecordingState:
    """Read the library's recording. Raises OutcomeUnknownError when it has no SID."""
    return RecordingState(
        sid=sid_of(told),
        call_sid=_text(told.call_sid),
        status=_text(told.status),
        seconds=_whole(told.duration),
        channels=_whole(told.channels),
        source=_text(told.source),
        began_at=_time(told.start_time) or _time(told.date_created),
    )


def sid_of(told: Any) -> str:
    """Return the SID. Raises OutcomeUnknownError when there is none."""
    if not isinstance(told.sid, str) or not told.sid:
        raise OutcomeUnknownError("the provider's answer names no SID")
    return str(told.sid)


def _answered_at(
    status: CallStatus, began: datetime | None, ended: datetime | None, duration_s: int | None
) -> datetime | None:
    if status is CallStatus.IN_PROGRESS:
        return began
    if status is not CallStatus.COMPLETED or not duration_s:
        return None
    # The duration leaves the ringing out, the start may not
    return ended - timedelta(seconds=duration_s) if ended else began


def _status(told: object) -> CallStatus:
    word = str(told).lower()
    try:
        return _SAME.get(word) or CallStatus(word)
    except ValueError:
        raise OutcomeUnknownError("the provider's answer has a call status nobody knows") from None


def _text(told: object) -> str:
    return told if isinstance(told, str) else ""


def _time(told: object) -> datetime | None:
    return told.astimezone(UTC) if isinstance(told, datetime) else None


def _whole(told: object) -> int | None:
    try:
        return max(0, int(str(told)))
    except ValueError:
        return None


def _money(told: object) -> Decimal | None:
    try:
        amount = Decimal(str(told))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
