"""`callback`: offers to call back instead of waiting."""

from dataclasses import dataclass
from typing import ClassVar

from telephony.calls.model import QueueName
from telephony.ivr.asking import Asking, Next, Taken, asked_s, said_in
from telephony.ivr.flow import By, Digits, LengthOf, Limit, Question, Way, Words
from telephony.ivr.nodes.menu import limits
from telephony.ivr.nodes.people import queue_name
from telephony.ivr.position import Doing, FlowEvent, Promise, Promised, Seen, Step
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk

OFFER, NUMBER = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback(Asking):
    """Offers a callback: to the caller's own number, or to one that is typed. `otherwise` when it is not wanted."""

    kind: ClassVar[str] = "callback"

    queue: QueueName
    offer: Question
    number: Question
    accept: str
    another: str
    promised_say: tuple[Words, ...]
    to: str
    otherwise: str

    def question(self, stage: int) -> Question:
        """Return the offer (0) or the question for a number (1)."""
        return self.number if stage == NUMBER else self.offer

    def ways(self) -> tuple[Way, ...]:
        """Return the ways of a promise, of a no and of silence."""
        return (
            Way(by=By.KEY, to=self.to, label=self.accept),
            Way(by=By.FAILED, to=self.otherwise),
            *dict.fromkeys((*limits(self.offer), *limits(self.number))),
        )

    def says(self) -> tuple[Words, ...]:
        """Return the offer, the question for a number and the promise."""
        return (*said_in(self.offer), *said_in(self.number), *self.promised_say)

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for every try."""
        asked = asked_s(self.offer, length_of) + asked_s(self.number, length_of)
        return asked + sum(map(length_of, self.promised_say))

    def take(self, walk: Walk, stage: int, answer: str) -> Taken:
        """Promise, or ask for a number first."""
        if stage == NUMBER:
            walk.note(self.name, Seen.KEYS, value=answer, label="number")
            return self._promise(walk, answer)
        walk.note(self.name, Seen.KEYS, value=answer, label="accepted")
        caller = walk.facts.caller
        return self._promise(walk, caller) if caller and answer == self.accept else Next(stage=NUMBER)

    def when_silent(self, walk: Walk, stage: int, limit: Limit) -> str | Step:
        """Who accepted and types no number is called at their own, if it is known."""
        caller = walk.facts.caller
        return self._promise(walk, caller) if stage == NUMBER and caller else limit.to

    def hear(self, walk: Walk, event: FlowEvent) -> Step:
        """Go on with the caller's keys, or with what became of the promise."""
        if walk.was.doing is Doing.SAYING:
            return self._leave(walk)
        if not isinstance(event, Promised):
            return Asking.hear(self, walk, event)
        if not event.kept:
            walk.note(self.name, Seen.FAILED)
            return walk.enter(self.otherwise)
        walk.note(self.name, Seen.PROMISED, value=self.queue)
        walk.say(self, self.promised_say)
        walk.flush()
        return walk.enter(self.to)

    def _promise(self, walk: Walk, number: str) -> Step:
        walk.held = (number,)
        return walk.speak_first(self) or self._leave(walk)

    def _leave(self, walk: Walk) -> Step:
        number = walk.held[0] if walk.held else walk.facts.caller
        walk.held = ()
        return walk.leave_to(self, Doing.LOOKING_UP, Promise(queue=self.queue, number=number, language=walk.language))


def read(reader: NodeReader) -> Callback:
    """Read it."""
    fields = reader.fields
    accept, another = reader.one_key("accept", "1"), reader.one_key("another_number", "2")
    if accept == another:
        fields.fault("another_number", "must be another key than 'accept'")
    otherwise = reader.to("otherwise")
    offer = Question(
        say=reader.say(default=("offer_callback",)),
        no_input=reader.limit("no_input", (), tries=1, to=otherwise),
        no_match=reader.limit("no_match", (), tries=1, to=otherwise),
        first_key_s=reader.first_key_s(),
        keys=frozenset({accept, another}),
    )
    number = Question(
        say=reader.say("number_say", default=("enter_phone_number",)),
        no_input=Limit(tries=2, say=(), to=otherwise),
        no_match=Limit(tries=3, say=(), to=otherwise),
        takes=Digits(least=6, most=15, terminator="#"),
    )
    return Callback(
        **reader.common(),
        queue=queue_name(reader, "queue"),
        offer=offer,
        number=number,
        accept=accept,
        another=another,
        promised_say=reader.say("promised_say", default=("callback_promised",)),
        to=reader.to(),
        otherwise=otherwise,
    )
