"""Performs batches on a caller's line: our intents as AGI commands, Asterisk's replies as our events.

Few round trips: a question with one prompt is one command. Prompts are played by STREAM FILE and GET DATA, because
EXEC Background stops at the first missing file and EXEC Playback loses the keys pressed meanwhile.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import assert_never

from telephony.calls.commands import Answer, Ask, Batch, HandOver, HangUp, Hold, Prompt, Record, Ring, Say
from telephony.calls.events import (
    CommandFailed,
    HoldEnd,
    HoldEnded,
    Keys,
    LineEvent,
    NoInput,
    Recorded,
    RingEnded,
    Said,
)
from telephony.carriers.asterisk.agi_connection import AgiConnection, LineGoneError
from telephony.carriers.asterisk.agi_dial import asks, ring_arguments, ring_outcome
from telephony.carriers.asterisk.agi_wire import ALL_KEYS, Reply, command
from telephony.carriers.asterisk.recordings import Recordings
from telephony.carriers.asterisk.settings import AsteriskSettings
from telephony.ivr.spoken.agents import TAKE_CALL
from telephony.ports import Clock, PromptFiles

logger = logging.getLogger(__name__)

_KEPT_KEYS = 20
_HANGUP_CAUSES = {"normal": 16, "busy": 17, "congestion": 34, "no_answer": 19, "rejected": 21, "unallocated": 1}


class LineEndedError(Exception):
    """We left the line on purpose."""


class CannotPerformError(Exception):
    """Asterisk could not do it, and the caller is still there."""

    def __init__(self, text: str, *, speechless: bool = False) -> None:
        super().__init__(text)
        self.speechless = speechless


class Performer:
    """Performs one batch after the other on one connection; keeps keys pressed ahead and whether music plays."""

    def __init__(
        self,
        connection: AgiConnection,
        language: str,
        *,
        settings: AsteriskSettings,
        prompts: PromptFiles,
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._language = language
        self._settings = settings
        self._prompts = prompts
        self._recordings = Recordings(settings, clock)
        self._answered = False
        self._keys = ""
        self._music = ""
        self._woken = False

    def wake(self) -> None:
        """End a hold at once."""
        self._woken = True
        self._connection.interrupt()

    async def be_here(self) -> None:
        """Take off the timeout by which the dialplan takes callers back from a server that is frozen."""
        await self._send("SET AUTOHANGUP 0")

    async def perform(self, batch: Batch) -> LineEvent:
        """Return the batch's one answer. Raises LineGoneError when the caller is gone, LineEndedError when we left."""
        try:
            self._refuse_silence(batch)
            await self._speak(batch.language)
            for one in batch.commands:
                match one:
                    case Answer():
                        await self._answer()
                    case Say():
                        await self._say(one.prompts, batch)
                    case Ask():
                        return await self._ask(one, batch.turn)
                    case Record():
                        return await self._record(one, batch.turn)
                    case Hold():
                        return await self._hold(one, batch.turn)
                    case Ring():
                        return await self._ring(one, batch.turn)
                    case HandOver():
                        await self._leave("RINGSIDE_HANDOVER")
                    case HangUp():
                        await self._hang_up(one)
                    case _:
                        assert_never(one)
        except CannotPerformError as fault:
            return CommandFailed(turn=batch.turn, reason=str(fault), speechless=fault.speechless)
        return Said(turn=batch.turn)

    # --- speaking and listening ---

    async def _answer(self) -> None:
        if not self._answered:
            await self._do("ANSWER")
            self._answered = True

    async def _say(self, prompts: Sequence[Prompt], batch: Batch) -> None:
        """Play to the end; keys are kept for a later question, unless the call ends with this batch.

        Who leaves us with this batch hears what there is: nothing that is missing may keep them in silence.
        """
        await self._stop_music()
        leaves = isinstance(batch.commands[-1], HangUp | HandOver)
        for path in self._paths(prompts):
            offset = 0
            while True:
                reply = await self._play(path, "" if leaves else ALL_KEYS, offset)
                if not reply.ok and not leaves:
                    raise _unplayable(path)
                if not reply.key:
                    break
                self._keys = (self._keys + reply.key)[:_KEPT_KEYS]
                offset = reply.endpos or 0

    async def _ask(self, ask: Ask, turn: int) -> LineEvent:
        digits, ended = self._pressed_ahead(ask)
        if not digits and not ended:
            await self._stop_music()
            first = await self._first_key(ask)
            ended = not first or first == ask.terminator
            digits = "" if ended else first
        while digits and not ended and len(digits) < ask.max_digits:
            key = (await self._do(f"WAIT FOR DIGIT {_ms(ask.next_digit_s)}", ask.next_digit_s)).key
            ended = not key or key == ask.terminator
            digits += "" if ended else key
        return Keys(turn=turn, digits=digits) if digits else NoInput(turn=turn)

    def _pressed_ahead(self, ask: Ask) -> tuple[str, bool]:
        """Take keys that were pressed before the question; the second value tells that the terminator ended them."""
        digits = ""
        while self._keys and len(digits) < ask.max_digits:
            key, self._keys = self._keys[0], self._keys[1:]
            if key == ask.terminator:
                return digits, True
            digits += key
        return digits, False

    async def _first_key(self, ask: Ask) -> str:
        """Play the prompts until a key is pressed, then wait for one; '' when none came."""
        paths = self._paths(ask.prompts)
        for path in paths[:-1]:
            reply = await self._play(path, ALL_KEYS)
            if not reply.ok:
                raise _unplayable(path)
            if reply.key:
                return reply.key
        if paths:
            line = f"GET DATA {command(paths[-1])} {_ms(ask.first_digit_s)} 1"
            reply = await self._do(line, self._settings.call_limit_s)
            if not reply.ok:
                raise _unplayable(paths[-1])
            # '#' ends GET DATA and is not given; without a timeout an empty result can be nothing else
            return reply.result or ("" if reply.data == "timeout" else "#")
        return (await self._do(f"WAIT FOR DIGIT {_ms(ask.first_digit_s)}", ask.first_digit_s)).key

    # --- waiting, ringing, recording ---

    async def _hold(self, hold: Hold, turn: int) -> LineEvent:
        until = asyncio.get_running_loop().time() + hold.for_s
        self._keys = ""  # pressed for another question
        try:
            key = "" if self._woken else await self._hold_prompts(hold)
            if not key and not self._woken:
                await self._start_music(hold.music)
            left_s = until - asyncio.get_running_loop().time()
            if not key and not self._woken and left_s > 0:
                line = f"WAIT FOR DIGIT {_ms(left_s)}"
                key = (await self._do(line, left_s, interruptible=True)).key
            reason = HoldEnd.WOKEN if self._woken else HoldEnd.KEY if key else HoldEnd.ELAPSED
        finally:
            self._woken = False
        return HoldEnded(turn=turn, reason=reason, key=key if reason is HoldEnd.KEY else "")

    async def _hold_prompts(self, hold: Hold) -> str:
        if hold.prompts:
            await self._stop_music()
        for path in self._paths(hold.prompts):
            reply = await self._play(path, ALL_KEYS, interruptible=True)
            if reply.key or self._woken:
                return reply.key
        return ""

    async def _ring(self, ring: Ring, turn: int) -> LineEvent:
        self._keys = ""
        settings = self._settings
        ask = Prompt(text_id=TAKE_CALL, language=settings.language)
        arguments = ring_arguments(
            ring,
            outside_dial=settings.outside_dial,
            outside_caller_id=settings.outside_caller_id,
            ask=(self._prompts.path(ask) or "") if settings.confirm_mobiles and asks(ring) else None,
        )
        if arguments is None:
            msg = f"{ring.endpoint!r} is no address Asterisk could ring (tel: needs carriers.asterisk.outside_dial)"
            raise CannotPerformError(msg)
        await self._stop_music()
        if ring.record_as:
            path = self._recordings.path(ring.record_as)
            await self._do(f"EXEC MixMonitor {command(f'{path},b')}")
        try:
            await self._do(f"EXEC Dial {command(arguments)}", ring.limit_s + self._settings.call_limit_s)
        except LineGoneError:
            if ring.record_as:
                self._recordings.settle_later(ring.record_as)
            raise
        variables = await self._do("GET FULL VARIABLE ${DIALSTATUS}|${HANGUPCAUSE}")
        status, _, cause = variables.data.partition("|")
        outcome = ring_outcome(status, cause)
        if ring.record_as:
            await self._do('EXEC StopMixMonitor ""')
            await self._recordings.settle(ring.record_as, talked=status == "ANSWER")
        if outcome is None:
            msg = f"Dial ended with {status or 'no status'}"
            raise CannotPerformError(msg)
        return RingEnded(turn=turn, outcome=outcome)

    async def _record(self, record: Record, turn: int) -> LineEvent:
        await self._stop_music()
        began = asyncio.get_running_loop().time()
        arguments = self._recordings.record_arguments(record)
        line = f"EXEC Record {command(arguments)}"
        # Hanging up is how most callers end a message: the recording is kept and answered all the same
        reply = await self._send(line, record.max_s + record.silence_s)
        if not reply.ok and await self._is_still_there():
            msg = f"Asterisk could not record to {arguments}"
            raise CannotPerformError(msg)
        took_s = asyncio.get_running_loop().time() - began
        return Recorded(turn=turn, name=record.name, seconds=await self._recordings.seconds(record, took_s))

    async def _start_music(self, music: str) -> None:
        if self._music != music:
            await self._do(f"SET MUSIC ON {command(music)}")
            self._music = music

    async def _stop_music(self) -> None:
        if self._music:
            self._music = ""
            await self._do("SET MUSIC OFF")

    # --- leaving ---

    async def _hang_up(self, hang_up: HangUp) -> None:
        # The dialplan does not go on with a channel that was hung up: there is nothing to tell it
        cause = _HANGUP_CAUSES.get(hang_up.cause, 16)
        await self._send("HANGUP" if cause == 16 else f"EXEC Hangup {cause}")
        raise LineEndedError

    async def _leave(self, variable: str) -> None:
        await self._stop_music()
        await self._do(f"SET VARIABLE {variable} 1")
        raise LineEndedError

    # --- the wire ---

    async def _speak(self, language: str) -> None:
        # Our prompts are files of their own; this is for Asterisk's, and for the fallback after us
        if language and language != self._language:
            await self._do(f"SET VARIABLE CHANNEL(language) {command(language)}")
            self._language = language

    async def _play(self, path: str, keys: str, offset: int = 0, *, interruptible: bool = False) -> Reply:
        line = f"STREAM FILE {command(path, keys)}" + (f" {offset}" if offset else "")
        limit_s = self._settings.call_limit_s
        reply = await self._do(line, limit_s, interruptible=interruptible, plays=True)
        if not reply.ok:
            logger.error("asterisk cannot play a prompt", extra={"action": "prompt_unplayable", "path": path})
        return reply

    async def _do(self, line: str, lasts_s: float = 0.0, *, interruptible: bool = False, plays: bool = False) -> Reply:
        """Send a command. Raises LineGoneError when it failed because the caller is gone."""
        reply = await self._send(line, lasts_s, interruptible=interruptible, plays=plays)
        if reply.ok:
            return reply
        if reply.code in {510, 520}:
            msg = f"Asterisk does not know {line.split(' ', 1)[0]} ({reply.code})"
            raise CannotPerformError(msg)
        await self._check_alive()
        return reply

    async def _send(
        self, line: str, lasts_s: float = 0.0, *, interruptible: bool = False, plays: bool = False
    ) -> Reply:
        limit_s = lasts_s + self._settings.agi_answer_limit_s
        return await self._connection.ask(line, limit_s, interruptible=interruptible, plays=plays)

    async def _is_still_there(self) -> bool:
        try:
            return not self._connection.hung_up and (await self._send("CHANNEL STATUS")).ok
        except LineGoneError:
            return False

    async def _check_alive(self) -> None:
        """Tell a command that failed from a caller who left: both are answered by -1."""
        status = Reply(511, "") if self._connection.hung_up else await self._send("CHANNEL STATUS")
        if self._connection.hung_up or not status.ok:
            raise LineGoneError

    def _paths(self, prompts: Sequence[Prompt]) -> list[str]:
        paths = []
        for prompt in prompts:
            if path := self._prompts.path(prompt):
                paths.append(path)
            else:
                fields = {"action": "prompt_missing", "text_id": prompt.text_id, "language": prompt.language}
                logger.error("prompt is not rendered", extra=fields)
        return paths

    def _refuse_silence(self, batch: Batch) -> None:
        """Raise when anything that is to be said is not rendered: half a sentence is no answer to a caller.

        Who is hung up on anyway hears what there is.
        """
        said = () if isinstance(batch.commands[-1], HangUp) else batch.commands
        wanted = [prompt for one in said if isinstance(one, Say | Ask) for prompt in one.prompts]
        missing = [prompt for prompt in wanted if not self._prompts.path(prompt)]
        if missing:
            texts = ", ".join(f"{prompt.text_id} ({prompt.language})" for prompt in missing)
            msg = f"not rendered: {texts}; run `ringside prompts render`"
            raise CannotPerformError(msg, speechless=True)


def _unplayable(path: str) -> CannotPerformError:
    """Return that a file is not there for Asterisk, or is none it can play; who is still there must not wait on."""
    return CannotPerformError(f"Asterisk cannot play {path}", speechless=True)


def _ms(seconds: float) -> int:
    """Return milliseconds, at least one: 0 means Asterisk's own default."""
    return max(1, round(seconds * 1000))
