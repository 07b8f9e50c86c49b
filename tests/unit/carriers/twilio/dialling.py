"""A house that dials Georgi, who answers; and what the cloud was asked for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from telephony.calls.commands import Ask, Say
from telephony.calls.events import LegEnded
from telephony.calls.model import LegId
from telephony.carriers.twilio.http_session import Pace
from telephony.ports import Dial
from tests.fakes.dues import FakeDues
from tests.fakes.twilio import FarPhone
from tests.unit.carriers.twilio.house import prompts
from tests.unit.carriers.twilio.whole import OURS, House, house
from tests.waiting import until

GEORGI = "+359888100200"
LEG = LegId("attempt-1")
DIAL = Dial(leg_id=LEG, endpoint=f"tel:{GEORGI}", caller_id="", flow="info", limit_s=20)
HELLO = Say(prompts=prompts("hello"))
MENU = Ask(prompts=prompts("menu"), first_digit_s=60)
PATIENT = Pace(connect_s=5.0, request_s=5.0, pauses_s=(0.01,), list_lag_s=0.1, look_again_s=0.02)
HASTY = replace(PATIENT, request_s=0.3)
"""For what is never answered; on a busy machine it may give up what would have been answered, too."""
TALKED = ["LegDialed", "LegRinging", "LegAnswered", "LegEnded", "CallFinished"]


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@asynccontextmanager
async def calling(
    tmp_path: Path, dues: FakeDues | None = None, *, pace: Pace = PATIENT, **settings: object
) -> AsyncIterator[House]:
    given = {"caller_id": OURS, **settings}
    async with house(tmp_path, clock=WallClock(), pace=pace, dues=dues or FakeDues(), **given) as at:  # type: ignore[arg-type]
        at.twilio.phones[GEORGI] = FarPhone(rings_after_s=1, answers_after_s=2)
        yield at


def created(at: House) -> int:
    """Return how many calls the cloud was made to place."""
    return len(at.twilio.calls(direction="outbound-api"))


def asked(at: House) -> int:
    """Return how often a call was asked for."""
    return sum(each.method == "POST" and each.path.endswith("/Calls.json") for each in at.twilio.api_requests)


def ended(at: House) -> LegEnded:
    return next(event for event in at.taker.told if isinstance(event, LegEnded))


async def over(at: House) -> None:
    await until(lambda: "CallFinished" in at.taker.legs())
    assert list(at.twilio.faults) == []
