"""Versions in a database that somebody has written into, checksum and all, are refused or sound."""

import json
from collections.abc import Iterator

import pytest

from telephony.errors import FlowError
from telephony.ivr.texts import COMMON_TEXTS
from telephony.ivr.versions.bundle import checksum_of, load_bundle, read_back
from tests.fakes.caller import KNOWN

FLOW = """
flow: test
languages: [en]
start: read
nodes:
  read: {type: information, article: help, to: person}
  person: {type: queue, queue: sales, otherwise: bye}
  bye: {type: hangup}
"""
BUNDLE: dict[str, object] = {
    "recipe": 1,
    "flow": "test",
    "files": [["test.yaml", FLOW]],
    "texts": {"en": dict.fromkeys((*COMMON_TEXTS, "hello"), "Words.")},
    "articles": {"en": {"help": ["One.", "Two."]}},
    "walks": {"test.walks.yaml": "flow: test\n"},
}
TAMPERED = [None, 5, True, "../../x", "half \ud800", [], [1], {}, {"a": 1}, [["a.yaml", 5]], [["../../x", ""]]]


def places(value: object, at: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*at, key)
        yield from places(inner, (*at, key))


def with_other(value: object, at: tuple[object, ...], new: object) -> object:
    if not at:
        return new
    pairs = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    made = {key: with_other(inner, at[1:], new) if key == at[0] else inner for key, inner in pairs}
    return made if isinstance(value, dict) else list(made.values())


def test_the_bundle_of_these_tests_is_good() -> None:
    text = json.dumps(BUNDLE)
    assert list(load_bundle(read_back(text, checksum_of(text), shown="v"), KNOWN, shown="v").flows) == ["test"]


@pytest.mark.parametrize("at", [*places(BUNDLE)], ids=lambda at: ".".join(map(str, at)))
def test_a_version_that_was_rewritten_in_the_database_is_refused_or_sound(at: tuple[object, ...]) -> None:
    for odd in TAMPERED:
        told, said = loaded(json.dumps(with_other(BUNDLE, at, odd)))
        assert all(each.startswith("v") for each in told)
        assert all(str(each) is each and each.isprintable() for each in said)


def loaded(text: str) -> tuple[list[str], list[str]]:
    """Return what is wrong with a bundle, and what it says."""
    try:
        flows = load_bundle(read_back(text, checksum_of(text), shown="v"), KNOWN, shown="v")
    except FlowError as refused:
        return refused.faults, []
    return [], [text for each in flows.texts.by_language.values() for text in each.values()]
