"""Recordings: what was recorded, and the news of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.fakes.twilio.sids import new_sid


@dataclass(slots=True, kw_only=True)
class Recording:
    """A recording of a call. Its sound is made when it is fetched."""

    account_sid: str
    call_sid: str
    source: str
    """RecordVerb, DialVerb or OutboundAPI."""
    begun_at: datetime
    channels: int = 1
    seconds: float = 0.0
    status: str = "in-progress"
    """in-progress, processing, completed, absent or deleted."""
    track: str = "both"
    sid: str = field(default_factory=lambda: new_sid("RE"))
    content: bytes | None = None
    """What is given for its WAV; None makes one of its length."""

    @property
    def whole_s(self) -> int:
        return max(1, round(self.seconds))

    @property
    def path(self) -> str:
        return f"/2010-04-01/Accounts/{self.account_sid}/Recordings/{self.sid}"

    def fields(self, base_url: str, status: str) -> dict[str, str]:
        """Give the callback's fields: https://www.twilio.com/docs/voice/twiml/recording#recordingstatuscallback."""
        fields = {
            "AccountSid": self.account_sid,
            "CallSid": self.call_sid,
            "RecordingSid": self.sid,
            "RecordingUrl": base_url + self.path,
            "RecordingStatus": status,
            "RecordingChannels": str(self.channels),
            "RecordingStartTime": self.begun_at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
            "RecordingSource": self.source,
            "RecordingTrack": self.track,
        }
        if status == "completed":
            fields["RecordingDuration"] = str(self.whole_s)
        if status == "absent":
            fields |= {"RecordingDuration": "-1", "ErrorCode": "64101"}
        return fields


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingNews:
    """Who is told of a recording."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


def news_of(attributes: Mapping[str, str], url: str) -> RecordingNews | None:
    """Tell who a verb wants to be told; `url` is its `recordingStatusCallback`, absolute, or ''."""
    if not url:
        return None
    events = frozenset(attributes.get("recordingStatusCallbackEvent", "completed").split())
    return RecordingNews(url=url, method=attributes.get("recordingStatusCallbackMethod", "POST"), events=events)
