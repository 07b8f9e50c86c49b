"""`information`: reads an article of the knowledge base, a paragraph at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from telephony.ivr.asking import Asking, Next, Taken
from telephony.ivr.flow import By, LengthOf, Limit, Question, Text, Way, Words
from telephony.ivr.nodes.menu import Choice
from telephony.ivr.position import Seen, Step
from telephony.ivr.reading import allowed, near
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk

AGAIN, ON = "*", "#"
PAUSE_S = 1.0
LISTENS = 3
"""How often one paragraph is read when wrong keys are pressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Information(Asking):
    """Reads an article: `*` repeats a paragraph, `#` goes on to the next, silence too; `keys` lead elsewhere."""

    kind: ClassVar[str] = "information"

    article: str
    paragraphs: tuple[Text, ...]
    """Of the language whose article is longest."""
    counts: Mapping[str, int]
    """How many of them each language has."""
    keys: Mapping[str, Choice]
    to: str

    def question(self, stage: int) -> Question:
        """Return a paragraph, to be read until a key is pressed."""
        on = Limit(tries=1, say=(), to=self.to)
        return Question(
            say=self.paragraphs[stage : stage + 1],
            no_input=on,
            no_match=Limit(tries=LISTENS, say=(), to=self.to),
            first_key_s=PAUSE_S,
            keys=frozenset({AGAIN, ON, *self.keys}),
        )

    def ways(self) -> tuple[Way, ...]:
        """Return the ways of the keys, and the one after the article."""
        keys = (Way(by=By.KEY, to=choice.to, label=key) for key, choice in self.keys.items())
        return (*keys, Way(by=By.SILENCE, to=self.to))

    def says(self) -> tuple[Words, ...]:
        """Return every paragraph."""
        return self.paragraphs

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for the article and for each repeat of its longest paragraph, at every wrong key."""
        read = [length_of(paragraph) + PAUSE_S for paragraph in self.paragraphs] or [PAUSE_S]
        return LISTENS * (sum(read) + len(read) * max(read))

    def take(self, walk: Walk, stage: int, answer: str) -> Taken:
        """Repeat, go on, or go the key's way."""
        if answer == ON:
            walk.note(self.name, Seen.KEYS, value=answer, label="on")
            return self._after(walk, stage)
        if answer == AGAIN:
            walk.attempt += 1
            walk.note(self.name, Seen.KEYS, value=answer, label="again")
            return Next(stage=stage) if walk.attempt <= len(self.paragraphs) else self._after(walk, stage)
        choice = self.keys[answer]
        walk.note(self.name, Seen.KEYS, value=answer, label=choice.label)
        return choice.to

    def when_silent(self, walk: Walk, stage: int, limit: Limit) -> str | Step | Next:
        """Read on."""
        return self._after(walk, stage)

    def _after(self, walk: Walk, stage: int) -> str | Next:
        if stage + 1 < self.counts.get(walk.language, 0):
            return Next(stage=stage + 1)
        walk.note(self.name, Seen.PLAYED, value=self.article)
        return self.to


def read(reader: NodeReader) -> Information:
    """Read it."""
    fields, texts, languages = reader.fields, reader.around.texts, reader.around.languages
    article = fields.text("article")
    for language in languages:
        known = texts.articles(language)
        if article and article not in known:
            text = (
                f"there is no articles/{language}/{article[:80]}.md{near(article, known)}; there are {allowed(known)}"
            )
            fields.faults.add(fields.place_of("article"), f"{fields.what}: {text}")
    keys = reader.keys("keys", required=False)
    choices: dict[str, Choice] = {}
    for key in keys.names() if keys else ():
        if keys and key in (AGAIN, ON):
            keys.fault(key, "is taken: * repeats a paragraph, # goes on to the next")
        elif keys:
            choices[key] = Choice(label=keys.text(key), to=reader.inner(keys).to(key))
    counts = {language: len(texts.articles(language).get(article, ())) for language in languages}
    longest = max(counts.values(), default=0)
    return Information(
        **reader.common(),
        article=article,
        paragraphs=tuple(Text(text_id=f"_article_{article}_{number}") for number in range(1, longest + 1)),
        counts=MappingProxyType(counts),
        keys=MappingProxyType(choices),
        to=reader.to(),
    )
