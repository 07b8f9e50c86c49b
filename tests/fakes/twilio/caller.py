"""The person on a line: presses keys, speaks, hangs up, and hears."""

import asyncio
import math
from collections.abc import Callable, Sequence

from tests.fakes.twilio.call import Call, LineBrokenOffError, Target
from tests.fakes.twilio.values import Exchange, Heard


class Caller:
    """Somebody on a call: who called in, or who was called by the API or by <Dial>.

    What waits has a limit of `LIMIT_S` real seconds and then raises AssertionError that tells how far the call came.
    """

    LIMIT_S = 10.0

    def __init__(self, call: Call) -> None:
        self.call = call
        self._changed = asyncio.Event()
        self._question = 0
        self._recording = 0
        call.watchers.add(self._changed)

    @property
    def sid(self) -> str:
        return self.call.sid

    @property
    def status(self) -> str:
        """The call's status as Twilio names it."""
        return self.call.status

    @property
    def over(self) -> asyncio.Event:
        """Give the event that is set when the call is over."""
        return self.call.over

    @property
    def heard(self) -> Sequence[Heard]:
        """Everything played and said, in order."""
        return self.call.heard

    @property
    def sounds(self) -> list[str]:
        """The URLs played and the texts said, in order, without pauses and beeps."""
        return [one.what for one in self.call.heard if one.kind in ("play", "say")]

    @property
    def requests(self) -> Sequence[Exchange]:
        """The documents of this call, each with its request, in order; no callbacks and no media."""
        return self.call.exchanges

    @property
    def legs(self) -> Sequence[Call]:
        """What <Dial> has rung for this call, in order."""
        return self.call.legs

    @property
    def lost_keys(self) -> str:
        return "".join(self.call.lost_keys)

    async def presses(self, keys: str) -> None:
        """Press keys now, one after the other; what nothing listens to is lost, as it is at Twilio."""
        for number, key in enumerate(keys):
            if number:
                await self.call.pace.sleep(self.call.pace.key_gap_s)
            self.call.press(key)

    async def answers(self, keys: str) -> None:
        """Wait until a <Gather> listens that was not answered yet, and press keys."""
        await self.is_asked()
        await self.presses(keys)

    async def is_asked(self) -> None:
        """Wait until a <Gather> listens that was not waited for yet."""
        await self.until(lambda: self.call.listens == "Gather" and self.call.questions > self._question, "a question")
        self._question = self.call.questions

    async def speaks(self, seconds: float) -> None:
        """Wait until a <Record> records that was not spoken to yet, and speak into it; returns when it is said."""
        await self.is_recorded()
        said_by_s = self.call.pace.seconds() + seconds
        self.call.speech_until_s = math.inf  # silence begins when this returns, or a standstill would end the recording
        self.call.poke()
        await self.until(
            lambda: self.call.listens != "Record" or self.call.pace.seconds() >= said_by_s, "speech", seconds
        )
        if self.call.listens == "Record":
            self.call.speech_until_s = said_by_s
            self.call.poke()

    async def is_recorded(self) -> None:
        """Wait until a <Record> records that was not waited for yet."""
        heard = self.call
        await self.until(lambda: heard.listens == "Record" and heard.recordings > self._recording, "a recording")
        self._recording = heard.recordings

    def hangs_up(self) -> None:
        """Put the phone down. Before the call is answered that makes it `no-answer`; only the API makes `canceled`."""
        self.call.interrupt_by(LineBrokenOffError(None, "no-answer"))

    def is_moved_to(self, url: str) -> None:
        """Let the call be redirected as by the API, from some other program of the account."""
        self.call.interrupt_by(LineBrokenOffError(Target(url=url)))

    async def hears(self, part: str, *, times: int = 1) -> Heard:
        """Wait until so many sounds were begun whose URL or text holds this, since the beginning; give the last one."""
        await self.until(lambda: len(self._heard(part)) >= times, f"to hear {part!r}")
        return self._heard(part)[times - 1]

    def _heard(self, part: str) -> list[Heard]:
        return [one for one in self.call.heard if part in one.what]

    async def until_over(self) -> None:
        """Wait until the call is over."""
        await self.until(lambda: self.call.is_over, "the end")

    async def until(self, condition: Callable[[], bool], what: str = "it", poll_s: float | None = None) -> None:
        """Wait until something holds; it is looked at whenever the call changes, and once more after `poll_s`."""
        try:
            async with asyncio.timeout(self.LIMIT_S):
                while not condition():
                    self._changed.clear()
                    await self._news(poll_s)
        except TimeoutError:
            raise AssertionError(f"waited in vain for {what}; {self.story()}") from None

    async def _news(self, within_s: float | None) -> None:
        limit = None if within_s is None else within_s * self.call.pace.scale
        try:
            async with asyncio.timeout(limit):
                await self._changed.wait()
        except TimeoutError:
            if limit is None:
                raise

    def story(self) -> str:
        """Tell how far the call came, for a test that fails."""
        asked = [f"{one.method} {one.url} -> {one.status} {one.text[:300]}" for one in self.call.exchanges]
        return "\n".join([f"call {self.sid} is {self.status}, doing {self.call.doing or 'nothing'}", *asked])
