"""The REST client at a provider that answers as it is told to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from telephony.carriers.twilio.http_session import Pace
from telephony.carriers.twilio.rest import Placement, Rest
from telephony.carriers.twilio.settings import TwilioSettings
from tests.unit.carriers.twilio.bad_provider import ACCOUNT, TOKEN, Answer, BadProvider

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
QUICK = Pace(connect_s=3.0, request_s=3.0, pauses_s=(0.01, 0.01), retry_after_s=0.2, list_lag_s=0.04, look_again_s=0.02)
HASTY = replace(QUICK, connect_s=0.3, request_s=0.3)
"""For what is never answered."""
PLACEMENT = Placement(
    to="+359888100200",
    from_="+35929000000",
    url="https://pbx.example.com/twilio/voice?attempt=7",
    status_callback="https://pbx.example.com/twilio/status",
)
HTML = b"<html><body>Bad gateway</body></html>"


class StandingClock:
    """Time moves on by a second with every look."""

    def __init__(self, a_look: timedelta = timedelta()) -> None:
        self.at = NOW
        self.a_look = a_look

    def now(self) -> datetime:
        self.at += self.a_look
        return self.at


@asynccontextmanager
async def at(*answers: Answer, base: str = "", pace: Pace = QUICK) -> AsyncIterator[tuple[Rest, BadProvider]]:
    async with BadProvider(*answers) as provider:
        settings = TwilioSettings(
            account_sid=ACCOUNT, auth_token=TOKEN, api_base_url=provider.url + base, recordings_dir=Path()
        )
        async with Rest(settings, StandingClock(), pace) as rest:
            yield rest, provider
