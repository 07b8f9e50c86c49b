"""A call that executes documents: how it asks for them, hears sounds, and what happens when the customer fails."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tests.fakes.twilio.audio import NotAudioError, seconds_of
from tests.fakes.twilio.call import Call, LineBrokenOffError, Target
from tests.fakes.twilio.document import Document, DocumentError, Verb, document_of, parsed
from tests.fakes.twilio.fields import common
from tests.fakes.twilio.network import Network
from tests.fakes.twilio.values import APPLICATION_ERROR, Exchange, Heard


class CustomerFailedError(Exception):
    """The customer's server or document failed in a way that Twilio turns to the fallback for."""

    def __init__(self, code: int, url: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.url = url


@dataclass(slots=True, kw_only=True)
class Line:
    """What the verbs work on."""

    network: Network
    call: Call
    may_dial: bool = True

    @property
    def status_fields(self) -> dict[str, str]:
        """Give what outgoing calls carry once a machine was looked for."""
        return {"AnsweredBy": self.call.answered_by} if self.call.answered_by else {}

    async def ask(self, url: str, fields: Mapping[str, str], method: str = "POST") -> Exchange:
        """Ask the customer; breaking off the line does not take the request back, only nobody waits for it then."""
        exchange = self._exchange(url, fields, method)
        asking = self.network.spawn(self._send(exchange), f"twilio request of {self.call.sid}")
        asking.add_done_callback(lambda _: self.call.poke())
        while not asking.done():
            await self.call.news_by(None)
        return exchange

    async def ask_and_ignore(self, url: str, fields: Mapping[str, str], method: str = "POST") -> None:
        """Ask the customer while the line is broken off already; nothing comes of the answer."""
        exchange = self._exchange(url, fields, method)
        await asyncio.wait([self.network.spawn(self._send(exchange), f"twilio request of {self.call.sid}")])

    def _exchange(self, url: str, fields: Mapping[str, str], method: str) -> Exchange:
        whole = common(self.call) | self.status_fields | dict(fields)
        exchange = self.network.webhooks.form(url, whole, method=method, call_sid=self.call.sid)
        self.call.exchanges.append(exchange)
        return exchange

    async def _send(self, exchange: Exchange) -> None:
        await self.network.webhooks.send(exchange)

    async def fetch(self, target: Target) -> Document:
        """Give the document of a target. Raises CustomerFailedError."""
        try:
            if target.twiml:
                document = parsed(target.twiml.encode(), target.url)
            else:
                exchange = await self.ask(target.url, dict(target.fields), target.method)
                if exchange.error_code is not None:
                    raise DocumentError(exchange.error_code, f"answered {exchange.status}")
                document = document_of(exchange)
        except DocumentError as fault:
            raise CustomerFailedError(fault.code, target.url, str(fault)) from fault
        for code, message in document.faults:
            self.network.fault(code, message, self.call, document.url)
        return document

    async def fall_back(self, failed: CustomerFailedError) -> Target:
        """Tell where the call goes on after a failure; without a fallback it hears an apology and ends."""
        self.network.fault(failed.code, str(failed), self.call, failed.url)
        fallback = self.call.fallback_url
        if fallback and failed.url.split("?")[0] != fallback.split("?")[0]:
            return Target(url=fallback, fields=(("ErrorCode", str(failed.code)), ("ErrorUrl", failed.url)))
        self.call.application_error = failed.code
        self.network.answer(self.call)
        await self.say(APPLICATION_ERROR)
        raise LineBrokenOffError(None)

    async def hear(
        self, kind: str, what: str, seconds: float | None, voice: str = "", language: str = ""
    ) -> str | None:
        """Let the line hear something; a key that is listened to stops it and is returned."""
        with self.hearing(kind, what):
            heard = self.call.heard[-1]
            heard.voice, heard.language = voice, language
            key = await self.call.rest(seconds)
        heard.interrupted = key is not None
        return key

    @contextmanager
    def hearing(self, kind: str, what: str) -> Iterator[None]:
        """Let the line hear something for as long as something else lasts."""
        heard = Heard(kind=kind, what=what, at_s=self.network.pace.seconds(), interrupted=True)
        self.call.heard.append(heard)
        self.call.poke()
        try:
            yield
            heard.interrupted = False
        finally:
            heard.until_s = self.network.pace.seconds()

    async def say(self, text: str, voice: str = "", language: str = "") -> str | None:
        words = len(text.split())
        return await self.hear("say", text, max(0.5, words / self.network.pace.words_per_s), voice, language)

    async def play(self, verb: Verb) -> str | None:
        """Play a sound or tones, as often as wanted; `loop="0"` is until the end of the call."""
        digits = verb.get("digits")
        if digits:
            return await self.hear("tones", f"tones {digits}", len(digits) * self.network.pace.tone_s)
        url, times = verb.url_of_text, verb.whole("loop", 1)
        seconds = await self._length(url)
        played = 0
        while times == 0 or played < times:
            key = await self.hear("play", url, max(seconds, 0.1))
            if key is not None:
                return key
            played += 1
        return None

    async def _length(self, url: str) -> float:
        """Fetch a sound and give its length. A sound that fails is what the customer failed at.

        https://www.twilio.com/docs/api/errors/11200 and 12300 count for <Play> as for documents.
        """
        kept = self.network.media.get(url)
        if kept is not None:
            return kept
        exchange = self.network.webhooks.sound(url, self.call.sid)
        fetching = self.network.spawn(self._send(exchange), f"twilio media of {self.call.sid}")
        fetching.add_done_callback(lambda _: self.call.poke())
        while not fetching.done():
            await self.call.news_by(None)
        if exchange.error_code is not None:
            raise CustomerFailedError(exchange.error_code, url, f"the sound answered {exchange.status}")
        try:
            seconds = seconds_of(exchange.answer, exchange.content_type.split(";")[0].strip())
        except NotAudioError as fault:
            raise CustomerFailedError(12300, url, str(fault)) from fault
        if exchange.may_be_kept:
            self.network.media[url] = seconds
        return seconds
