"""What callers hear, as text per language, and the texts that every language must have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from telephony.ivr.reading import NAME, NAME_RULE
from telephony.ivr.yaml_tree import Faults, Place, Scalar, read_yaml, unprintable

LONGEST = 2_000
"""Characters of one text: about two minutes of speech."""

MOST_PARAGRAPHS = 50

NOT_UNDERSTOOD = "not_understood"
NOT_KNOWN = "not_known"
SORRY = "sorry_hold_for_a_person"

COMMON_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "please_hold": "said when a caller joins a line",
        "all_busy": "said from time to time while every agent is busy",
        SORRY: "said when something went wrong and a person takes over",
        "transferring": "said before one agent's phone is rung",
        "leave_message": "said before a message is recorded, where the flow names no other text",
        "goodbye": "said before the system ends a call on its own account",
        NOT_UNDERSTOOD: "said after a wrong key, where the flow names no other text",
        NOT_KNOWN: "said in the place of a value that cannot be said",
    }
)
"""Texts the engine and the journey say whatever the flow is, each with when it is said."""

Recordings = Mapping[str, Mapping[str, str]]
"""The digests of recordings, by language and by the text whose place they take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Every text of every language: `by_language[language][text_id]`.

    Paragraphs of articles and pieces of spoken values have ids that begin with `_`.
    """

    by_language: Mapping[str, Mapping[str, str]]
    articles_by_language: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    recordings: Recordings | None = None
    """The recordings in the place of texts; None where that is not known, and those on the disk are taken."""

    def lacking(self, text_id: str, languages: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the languages that do not have the text."""
        return tuple(language for language in languages if text_id not in self.by_language.get(language, {}))

    def articles(self, language: str) -> Mapping[str, tuple[str, ...]]:
        """Return the paragraphs of every article in a language."""
        return self.articles_by_language.get(language, {})


def texts_of_articles(articles: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    """Return the paragraphs of articles as texts, numbered from 1."""
    return {
        f"_article_{name}_{number}": paragraph
        for name, paragraphs in articles.items()
        for number, paragraph in enumerate(paragraphs, 1)
    }


def read_article(source: str, file: str, faults: Faults) -> tuple[str, ...]:
    """Return what is read aloud of an article: its paragraphs; lines that begin with `#` are for the eye."""
    paragraphs = []
    for block in re.split(r"\n\s*\n", source):
        spoken = " ".join(line.strip() for line in block.splitlines() if not line.lstrip().startswith("#")).strip()
        if control := unprintable(spoken):
            faults.add(Place(file=file), f"holds the control character {control}; take it out")
        if len(spoken) > LONGEST:
            faults.add(Place(file=file), f"has a paragraph of {len(spoken)} characters; at most {LONGEST} are allowed")
        if spoken:
            paragraphs.append(spoken)
    if not 1 <= len(paragraphs) <= MOST_PARAGRAPHS:
        faults.add(Place(file=file), f"has {len(paragraphs)} paragraphs; an article has 1 to {MOST_PARAGRAPHS}")
    return tuple(paragraphs[:MOST_PARAGRAPHS])


def read_texts(source: str, file: str, faults: Faults) -> Mapping[str, str]:
    """Return the texts of one language's file; faults go to `faults`."""
    tree = read_yaml(source, file, faults)
    texts: dict[str, str] = {}
    for text_id, value in tree.items.items() if tree else ():
        if not NAME.fullmatch(text_id):
            faults.add(tree.keys[text_id] if tree else file, f"'{text_id[:80]}' cannot name a text; {NAME_RULE}")
        elif not isinstance(value, Scalar) or not value.value.strip():
            faults.add(value.place, f"'{text_id}' must be a text that is not empty")
        elif len(value.value) > LONGEST:
            faults.add(value.place, f"'{text_id}' has {len(value.value)} characters; at most {LONGEST} are allowed")
        else:
            texts[text_id] = " ".join(value.value.split())
    return MappingProxyType(texts)
