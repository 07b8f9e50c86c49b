"""<Dial>: https://www.twilio.com/docs/voice/twiml/dial.

A dial that a redirect over the REST API breaks off still asks its action, and only then the redirect's target; the
action's document is not executed: measured in https://github.com/qisoft/i-hate-making-calls/issues/25. A leg is
`canceled` only by the API or by hangupOnStar, and `no-answer` when its caller is gone:
https://support.twilio.com/hc/en-us/articles/223132547.
"""

from urllib.parse import parse_qsl

from tests.fakes.twilio.call import Call, LineBrokenOffError, Subscription, Target
from tests.fakes.twilio.conference import confer
from tests.fakes.twilio.document import Verb
from tests.fakes.twilio.line import Line
from tests.fakes.twilio.queue import dequeue
from tests.fakes.twilio.recordings import Recording, news_of
from tests.fakes.twilio.schema import SCHEMA
from tests.fakes.twilio.sids import E164, is_callable

BAD_CALLER_ID, BAD_NUMBER = 13214, 13223
STAR = "*"


async def dial(line: Line, verb: Verb) -> Target | None:
    """Ring, join, and tell where to go on; None goes on with the next verb."""
    if not line.may_dial:
        line.network.fault(SCHEMA, "<Dial> in the document of a noun", line.call, verb.document_url)
        return None
    if verb.nested and verb.nested[0].name == "Conference":
        line.network.answer(line.call)
        return await confer(line, verb)
    if verb.nested and verb.nested[0].name == "Queue":
        line.network.answer(line.call)
        return await dequeue(line, verb)
    if not verb.is_set("answerOnBridge"):
        line.network.answer(line.call)
    return await _Dialling(line, verb).target()


class _Dialling:
    """One <Dial> with its legs."""

    def __init__(self, line: Line, verb: Verb) -> None:
        self.line = line
        self.verb = verb
        self.call = line.call
        self.network = line.network
        self.legs: list[Call] = []
        self.winner: Call | None = None
        self.recording: Recording | None = None
        self.bridged_s = 0.0
        self.starred = False

    async def target(self) -> Target | None:
        try:
            if self._may_show_its_caller_id():
                await self._connect()
        except LineBrokenOffError as broken:
            await self._break_off(broken)
            raise
        action = self.verb.url("action")
        if not action:
            return None
        return Target(url=action, method=self.verb.get("method", "POST").upper(), fields=tuple(self._fields().items()))

    async def _connect(self) -> None:
        for noun in self.verb.nested or (_number(self.verb),):
            self._start(noun)
        with self.call.listening("Dial" if self.verb.is_set("hangupOnStar") else ""):
            with self.line.hearing("ringing", "ringing"):
                await self._ring()
            if self.winner is not None:
                with self.line.hearing("talk", self.winner.to):
                    await self._talk(self.winner)

    def _start(self, noun: Verb) -> None:
        address, _, headers = _address(noun).partition("?")
        if not is_callable(address):
            self.network.fault(BAD_NUMBER, f"<{noun.name}> cannot dial {address!r}", self.call, noun.document_url)
        leg = Call(
            pace=self.network.pace,
            account_sid=self.call.account_sid,
            direction="outbound-dial",
            from_=self.verb.get("callerId") or self.call.from_ or "anonymous",
            to=address,
            parent=self.call,
            fallback_url=self.call.fallback_url,
            sip_headers=dict(parse_qsl(headers)) | _parameters(noun),
        )
        if noun.get("statusCallback"):
            leg.subscription = Subscription(
                url=noun.url("statusCallback"),
                method=noun.get("statusCallbackMethod", "POST").upper(),
                events=frozenset(noun.get("statusCallbackEvent", "completed").split()),
            )
        self.legs.append(self.network.add(leg))
        self.network.start_leg(leg, noun, float(self.verb.whole("timeout", 30)))

    async def _ring(self) -> None:
        """Wait until a leg can be joined or none is left; the others are ended."""
        while self.winner is None and not all(_is_gone(leg) for leg in self.legs):
            await self._news()
            if self.starred:
                return self._end_others("canceled")
            self.winner = next((leg for leg in self.legs if leg.is_ready and not _is_gone(leg)), None)
        return self._end_others("no-answer")

    async def _talk(self, leg: Call) -> None:
        self.network.answer(self.call)
        self.call.join(leg)
        self.bridged_s = self.network.pace.seconds()
        record = self.verb.get("record", "do-not-record")
        if record not in ("do-not-record", "false"):
            channels = 2 if record.endswith("-dual") else 1
            self.recording = self.network.begin_recording(self.call, "DialVerb", channels)
        limit_s = self.bridged_s + self.verb.whole("timeLimit", 14400)
        while not _is_gone(leg) and not self.starred and self.network.pace.seconds() < limit_s:
            await self._news(limit_s)
        await self._end_legs("completed")

    async def _news(self, by_s: float | None = None) -> None:
        key = await self.call.rest_until_heard(by_s)
        self.starred = self.starred or key == STAR

    def _end_others(self, status: str) -> None:
        for leg in self.legs:
            if leg is not self.winner:
                leg.interrupt_by(LineBrokenOffError(None, status))

    async def _end_legs(self, status: str) -> None:
        for leg in (one for one in self.legs if not _is_gone(one)):
            leg.interrupt_by(LineBrokenOffError(None, status))
        await self.network.until(lambda: all(_is_gone(leg) for leg in self.legs))
        if self.recording is not None:
            news = news_of(self.verb.attributes, self.verb.url("recordingStatusCallback"))
            self.network.end_recording(self.recording, self.network.pace.seconds() - self.bridged_s, news)

    async def _break_off(self, broken: LineBrokenOffError) -> None:
        await self._end_legs("no-answer")
        action, method = self.verb.url("action"), self.verb.get("method", "POST").upper()
        if not action:
            return
        if broken.is_hang_up:
            self.call.afterwards.append((action, method, self._fields()))
        else:
            await self.line.ask_and_ignore(action, self._fields(), method)

    def _fields(self) -> dict[str, str]:
        leg = self.winner or next(iter(self.legs), None)
        fields = {"DialCallStatus": self._status(), "DialBridged": "true" if self.winner else "false"}
        if leg is not None:
            fields["DialCallSid"] = leg.sid
        if self.winner is not None:
            fields["DialCallDuration"] = str(self.winner.duration_s or self.winner.answered_for_s)
        if self.recording is not None:
            fields |= {
                "RecordingUrl": self.network.base_url + self.recording.path,
                "RecordingSid": self.recording.sid,
                "RecordingDuration": str(self.recording.whole_s),
            }
        return fields

    def _status(self) -> str:
        """Sum the legs up: one that was answered, else one that rang to the end, else what they all are."""
        if self.winner is not None:
            return "completed"
        ends = [leg.status for leg in self.legs]
        for status in ("completed", "canceled", "no-answer", "busy"):
            if status in ends:
                return status
        return "failed"

    def _may_show_its_caller_id(self) -> bool:
        shown = self.verb.get("callerId")
        ours = {*self.network.numbers, *self.network.verified, self.call.from_, self.call.to}
        if not E164.fullmatch(shown) or shown in ours:
            return True
        self.network.fault(BAD_CALLER_ID, f"callerId {shown} is none of the account's", self.call)
        return False


def _is_gone(leg: Call) -> bool:
    return leg.is_over or leg.has_left


def _number(verb: Verb) -> Verb:
    return Verb(name="Number", attributes={}, text=verb.text, nested=(), document_url=verb.document_url)


def _parameters(noun: Verb) -> dict[str, str]:
    return {inner.get("name"): inner.get("value") for inner in noun.nested if inner.name == "Parameter"}


def _address(noun: Verb) -> str:
    if noun.name == "Client":
        identity = next((inner.text for inner in noun.nested if inner.name == "Identity"), noun.text)
        return f"client:{identity.removeprefix('client:')}"
    return noun.text
