"""`consent`: asks whether the talk may be recorded."""

from dataclasses import dataclass
from typing import ClassVar

from telephony.ivr.asking import Asking, Taken, asked_s, said_in
from telephony.ivr.flow import By, LengthOf, Limit, Question, Way, Words
from telephony.ivr.position import Seen, Step
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(Asking):
    """Asks for a yes or a no; nothing is recorded for a caller who said no, whatever a queue's own rule."""

    kind: ClassVar[str] = "consent"

    asked: Question
    yes: str
    silence_is_yes: bool
    to: str

    def question(self, stage: int) -> Question:
        """Return its one question."""
        return self.asked

    def ways(self) -> tuple[Way, ...]:
        """Return the one way on."""
        return (Way(by=By.KEY, to=self.to), Way(by=By.SILENCE, to=self.to))

    def says(self) -> tuple[Words, ...]:
        """Return the question."""
        return said_in(self.asked)

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for every try."""
        return asked_s(self.asked, length_of)

    def take(self, walk: Walk, stage: int, answer: str) -> Taken:
        """Keep the answer."""
        return self._decide(walk, yes=answer == self.yes, key=answer)

    def when_silent(self, walk: Walk, stage: int, limit: Limit) -> str | Step:
        """Keep what silence means."""
        return self._decide(walk, yes=self.silence_is_yes, key="")

    def _decide(self, walk: Walk, *, yes: bool, key: str) -> str:
        walk.may_record = yes
        walk.note(self.name, Seen.CONSENT, value=key, label="yes" if yes else "no")
        return self.to


def read(reader: NodeReader) -> Consent:
    """Read it."""
    fields = reader.fields
    yes, no = reader.one_key("yes", "1"), reader.one_key("no", "2")
    if yes == no:
        fields.fault("no", "must be another key than 'yes'")
    to = reader.to()
    asked = Question(
        say=reader.say(default=("ask_to_record",)),
        no_input=reader.limit("no_input", (), tries=1, to=to),
        no_match=reader.limit("no_match", (), tries=2, to=to),
        first_key_s=reader.first_key_s(),
        keys=frozenset({yes, no}),
    )
    silence = fields.choice("without_answer", ["yes", "no"], default="no")
    return Consent(**reader.common(), asked=asked, yes=yes, silence_is_yes=silence == "yes", to=to)
