"""What agents hear whose telephone may be answered by a machine: whole sentences, rendered ahead."""

from collections.abc import Mapping
from types import MappingProxyType

TAKE_CALL = "_take_call"
"""Asks an agent who has answered to press 1."""

_TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType({TAKE_CALL: "You have a call from the company's line. To take it, press 1."}),
        "ru": MappingProxyType({TAKE_CALL: "Вам звонок с линии компании. Чтобы принять его, нажмите 1."}),
        "bg": MappingProxyType({TAKE_CALL: "Имате обаждане от линията на фирмата. За да го приемете, натиснете 1."}),
    }
)


def agent_texts(language: str) -> Mapping[str, str]:
    """Return every such sentence by its id; none for a language in which they cannot be said."""
    return _TEXTS.get(language, MappingProxyType({}))
