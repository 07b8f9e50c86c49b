"""`survey`: asks for scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from telephony.ivr.asking import Asking, Next, Taken, asked_s, said_in
from telephony.ivr.expressions import ValueType
from telephony.ivr.flow import By, LengthOf, Limit, Question, Way, Words
from telephony.ivr.position import Seen, Step
from telephony.ivr.reading import NAME, Fields
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk
from telephony.ivr.yaml_tree import Mapping as Tree
from telephony.ivr.yaml_tree import Scalar, Sequence

MOST_QUESTIONS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey(Asking):
    """Asks questions that are answered by a score; who gives none to one is asked the next."""

    kind: ClassVar[str] = "survey"

    names: tuple[str, ...]
    questions: tuple[Question, ...]
    to: str

    def question(self, stage: int) -> Question:
        """Return the question of this number."""
        return self.questions[stage]

    def ways(self) -> tuple[Way, ...]:
        """Return the one way on, with or without scores."""
        return (Way(by=By.KEY, to=self.to), Way(by=By.SILENCE, to=self.to))

    def says(self) -> tuple[Words, ...]:
        """Return every question."""
        return tuple(words for question in self.questions for words in said_in(question))

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for every try of every question."""
        return sum(asked_s(question, length_of) for question in self.questions)

    def take(self, walk: Walk, stage: int, answer: str) -> Taken:
        """Keep the score, and ask the next question."""
        walk.give(f"{self.scope}answers.{self.names[stage]}", answer)
        walk.note(self.name, Seen.SCORED, value=answer, label=self.names[stage])
        return self._after(stage)

    def when_silent(self, walk: Walk, stage: int, limit: Limit) -> str | Step | Next:
        """Ask the next question."""
        return self._after(stage)

    def _after(self, stage: int) -> str | Next:
        return Next(stage=stage + 1) if stage + 1 < len(self.questions) else self.to


def read(reader: NodeReader) -> Survey:
    """Read it."""
    fields = reader.fields
    written = fields.tree("questions")
    items = written.items if isinstance(written, Sequence) else []
    if not 1 <= len(items) <= MOST_QUESTIONS:
        fields.fault("questions", f"must be a list of 1 to {MOST_QUESTIONS}, each with 'name' and 'say'")
    to = reader.to()
    asked = [pair for item in items if (pair := _question(item, reader, to)) is not None]
    nothing = Question(say=(), no_input=Limit(tries=1, say=(), to=to), no_match=Limit(tries=1, say=(), to=to))
    return Survey(
        **reader.common(),
        names=tuple(name for name, _ in asked) or ("",),
        questions=tuple(question for _, question in asked) or (nothing,),
        to=to,
    )


def _question(item: object, reader: NodeReader, to: str) -> tuple[str, Question] | None:
    fields = reader.fields
    if not isinstance(item, Tree):
        fields.fault("questions", "must be a list of questions, each with 'name' and 'say'")
        return None
    inner = reader.inner(Fields(item, fields.faults, f"{fields.what}: question"))
    name = inner.fields.name("name")
    lowest = inner.fields.whole("lowest", lowest=0, highest=8, default=1)
    highest = inner.fields.whole("highest", lowest=1, highest=9, default=5)
    if highest <= lowest:
        inner.fields.fault("highest", f"must be over lowest ({lowest})")
    question = Question(
        say=inner.say(default=None),
        no_input=inner.limit("no_input", (), tries=1, to=to),
        no_match=inner.limit("no_match", (), tries=2, to=to),
        first_key_s=inner.first_key_s(),
        keys=frozenset(map(str, range(lowest, highest + 1))),
    )
    inner.fields.done()
    return name, question


def gives(_name: str, tree: Tree) -> Mapping[str, ValueType]:
    """Return the scores."""
    questions = tree.items.get("questions")
    items = questions.items if isinstance(questions, Sequence) else []
    names = (item.items.get("name") for item in items if isinstance(item, Tree))
    return {f"answers.{n.value}": ValueType.TEXT for n in names if isinstance(n, Scalar) and NAME.fullmatch(n.value)}
