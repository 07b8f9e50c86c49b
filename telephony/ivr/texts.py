"""What callers hear, as text per language, and the texts that every language must have."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from telephony.ivr.reading import NAME, NAME_RULE
from telephony.ivr.yaml_tree import Faults, Scalar, read_yaml

LONGEST = 2_000
"""Characters of one text: about two minutes of speech."""

NOT_UNDERSTOOD = "not_understood"

COMMON_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "please_hold": "said when a caller joins a line",
        "all_busy": "said from time to time while every agent is busy",
        "sorry_hold_for_a_person": "said when something went wrong and a person takes over",
        "transferring": "said before one agent's phone is rung",
        "leave_message": "said before a message is recorded, where the flow names no other text",
        "goodbye": "said before the system ends a call on its own account",
        NOT_UNDERSTOOD: "said after a wrong key, where the flow names no other text",
    }
)
"""Texts the engine and the journey say whatever the flow is, each with when it is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Every text of every language: `by_language[language][text_id]`."""

    by_language: Mapping[str, Mapping[str, str]]

    def lacking(self, text_id: str, languages: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the languages that do not have the text."""
        return tuple(language for language in languages if text_id not in self.by_language.get(language, {}))


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
