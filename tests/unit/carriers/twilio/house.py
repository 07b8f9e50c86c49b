"""What the tests of this folder share: an account, forms as the cloud sends them, sounds on paper."""

import asyncio
from pathlib import Path

from telephony.calls.commands import Batch, Command, Prompt
from telephony.calls.events import CallOffered, CarrierEvent, CarrierUp, LegDialed, LineEvent, PhoneChanged
from telephony.calls.model import CallId, LegId
from telephony.carriers.twilio.forms import VoiceForm, voice_form
from telephony.carriers.twilio.line import TwilioLine
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.carriers.twilio.twiml import Documents
from telephony.ports import Line
from tests.fakes.virtual_time import NOON, LoopClock

ACCOUNT = "AC" + "a" * 32
CALL = "CA" + "1" * 32
LEG = "CA" + "2" * 32
TOKEN = "the-auth-token"
PUBLIC = "https://ringside.example.com"


def account(**more: object) -> TwilioSettings:
    values: dict[str, object] = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "public_base_url": PUBLIC,
        "sip_dial": "sip:{extension}@pbx.example.com;transport=tls",
        "recordings_dir": Path("nowhere"),
        **more,
    }
    return TwilioSettings(**values)  # type: ignore[arg-type]


def fields(**more: str) -> dict[str, str]:
    """Return a form's fields; `From_` style names are not needed, for the cloud's begin with capitals."""
    return {
        "CallSid": CALL,
        "AccountSid": ACCOUNT,
        "From": "+359888100200",
        "To": "+35924000000",
        "CallStatus": "in-progress",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "CalledVia": "",
        **more,
    }


def form(**more: str) -> VoiceForm:
    return voice_form(fields(**more))


def prompts(*texts: str) -> tuple[Prompt, ...]:
    return tuple(Prompt(text_id=text, language="en") for text in texts)


def batch(*commands: Command, turn: int = 1) -> Batch:
    return Batch(turn=turn, language="en", commands=commands)


class PaperSounds:
    """Every prompt but those called `missing` is rendered, and lasts two seconds. Implements `media.Sounds`."""

    def __init__(self) -> None:
        self.missing = {"missing"}

    def url(self, prompt: Prompt) -> str | None:
        return None if prompt.text_id in self.missing else f"/{prompt.text_id}.wav"

    def seconds(self, prompt: Prompt) -> float:
        return 2.0

    def music(self, name: str, from_s: int, for_s: int) -> str:
        return f"/music/{name}/{from_s}/{for_s}"


class WritingTaker:
    """`ports.CallTaker` that keeps what it is told."""

    def __init__(self) -> None:
        self.offers: list[tuple[CallOffered, Line]] = []
        self.answers: list[LineEvent] = []
        self.told: list[CarrierEvent] = []

    def offer(self, offered: CallOffered, line: Line) -> None:
        self.offers.append((offered, line))

    def answer(self, call_id: CallId, event: LineEvent) -> None:
        self.answers.append(event)

    def tell(self, event: CarrierEvent) -> None:
        self.told.append(event)

    def names(self) -> list[str]:
        """Return the kinds of all line events, in order."""
        return [type(event).__name__ for event in self.answers]

    def legs(self) -> list[str]:
        """Return the kinds of all that was told of legs and calls, in order."""
        return [type(event).__name__ for event in self.told if not isinstance(event, CarrierUp | PhoneChanged)]

    def dialed(self) -> LegDialed:
        return next(event for event in self.told if isinstance(event, LegDialed))


class Call:
    """A caller's line without a network, in virtual time."""

    def __init__(self, **settings: object) -> None:
        self.taker = WritingTaker()
        self.sounds = PaperSounds()
        offered = CallOffered(
            call_id=CallId(CALL),
            leg_id=LegId(CALL),
            caller="+359888100200",
            caller_name="",
            called="+35924000000",
            flow="",
            at=NOON,
        )
        self.line = TwilioLine(
            offered,
            documents=Documents(account(**settings), self.sounds),
            taker=self.taker,
            clock=LoopClock(),
            answer_s=1.0,
            language="en",
        )
        self.redirects: list[str] = []

    def perform(self, turn: int, *commands: Command) -> None:
        self.line.perform(batch(*commands, turn=turn))

    async def begins(self, **more: str) -> str:
        return await self.line.begin(form(**more))

    async def asks(self, turn: int, why: str = "", **more: str) -> str:
        """Send the request that follows a turn; returns its answer."""
        return await self.line.go_on(form(**more), turn, why)

    async def redirect(self, url: str) -> None:
        self.redirects.append(url)


async def settle() -> None:
    """Let everything that can go on now go on."""
    for _ in range(5):
        await asyncio.sleep(0)
