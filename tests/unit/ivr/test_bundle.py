"""What a published version keeps: all it needs, and nothing that could change it later."""

import hashlib
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from telephony.errors import FlowError
from telephony.ivr.loader import FlowSet
from telephony.ivr.sources import read_folder
from telephony.ivr.surroundings import Names
from telephony.ivr.texts import COMMON_TEXTS, Texts
from telephony.ivr.versions.bundle import (
    Bundle,
    bundle_of,
    checksum_of,
    load_bundle,
    read_back,
    together,
    written_down,
)
from telephony.ivr.yaml_tree import Faults
from tests.fakes.flow_files import NAMES, PART, WITH_PART, FlowFiles

HELP = """
flow: help
languages: [en]
start: article
no_keys: line
nodes:
  article: {type: information, article: returns, to: line}
  line: {type: queue, queue: sales, otherwise: bye}
  bye: {type: hangup, say: goodbye}
"""

PRICE = """
flow: price
languages: [en]
start: price
no_keys: line
nodes:
  price: {type: play, say: [{number: 1}], to: line}
  line: {type: queue, queue: sales, otherwise: bye}
  bye: {type: hangup, say: goodbye}
"""


@pytest.fixture
def files(tmp_path: Path) -> FlowFiles:
    return FlowFiles(tmp_path / "flows")


def bundled(flows: FlowSet, name: str = "main") -> Bundle:
    return bundle_of(flows.flows[name], flows)


def again(bundle: Bundle) -> Bundle:
    text = written_down(bundle)
    return read_back(text, checksum_of(text), shown="main version 1")


def test_a_flow_comes_back_from_its_bundle_as_it_was(files: FlowFiles) -> None:
    flows = files.load()
    loaded = load_bundle(again(bundled(flows)), NAMES, shown="main version 1")
    flow, original = loaded.flows["main"], flows.flows["main"]
    assert (flow.version, list(flow.nodes)) == (original.version, list(original.nodes))
    assert flow.nodes["menu"].at == "main version 1/main.yaml:9:5"


def test_a_bundle_holds_what_the_flow_and_ringside_can_say_and_no_more(files: FlowFiles) -> None:
    bundle = bundled(files.load())
    assert set(bundle.texts["en"]) == {*COMMON_TEXTS, "welcome", "menu"}
    assert list(bundle.files) == ["main.yaml"]


def test_a_bundle_holds_the_flows_it_leads_into_and_no_others(files: FlowFiles) -> None:
    files.writes("service", WITH_PART)
    files.writes("a_part", PART)
    flows = files.load()
    bundle = again(bundled(flows, "service"))
    assert list(bundle.files) == ["service.yaml", "a_part.yaml"]
    assert bundle.file == "service.yaml"
    loaded = load_bundle(bundle, NAMES, shown="service version 1")
    assert list(loaded.flows) == ["service"]
    assert loaded.flows["service"].version == flows.flows["service"].version


def test_a_bundle_holds_the_articles_that_are_read_aloud(files: FlowFiles) -> None:
    files.writes("help", HELP)
    files.explains("returns", "# Returns\n\nBring it back.\n\nWithin a month.\n")
    files.explains("other", "Not read.\n")
    flows = files.load()
    bundle = again(bundled(flows, "help"))
    assert bundle.articles == {"en": {"returns": ("Bring it back.", "Within a month.")}}
    loaded = load_bundle(bundle, NAMES, shown="help version 1")
    assert loaded.texts.by_language["en"]["_article_returns_2"] == "Within a month."
    assert loaded.flows["help"].version == flows.flows["help"].version


def test_any_text_is_kept_to_the_letter(files: FlowFiles) -> None:
    files.says(welcome='\\"Добре дошли\\" — 😀 {a: b}')
    flows = files.load()
    bundle = again(bundled(flows))
    assert bundle.texts["en"]["welcome"] == '"Добре дошли" — 😀 {a: b}'
    assert load_bundle(bundle, NAMES, shown="x").flows["main"].version == flows.flows["main"].version
    assert written_down(bundle).isascii()


def test_a_version_keeps_the_name_it_was_published_under(files: FlowFiles) -> None:
    loaded = load_bundle(bundled(files.load()), NAMES, shown="main version 1", version="0123")
    assert loaded.flows["main"].version == "0123"


def test_a_queue_that_is_gone_is_told_with_the_version(files: FlowFiles) -> None:
    bundle = bundled(files.load())
    with pytest.raises(FlowError, match=r"main version 1/main\.yaml:\d+:\d+: .*'sales'"):
        load_bundle(bundle, Names(queues=frozenset({"other"})), shown="main version 1")


def test_a_bundle_that_was_tampered_with_is_refused(files: FlowFiles) -> None:
    text = written_down(bundled(files.load()))
    with pytest.raises(FlowError, match="main version 1: is not what was published"):
        read_back(text.replace("sales", "spies"), checksum_of(text), shown="main version 1")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"recipe": 1}', '{"recipe":1,"flow":"a","files":3}'])
def test_a_bundle_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(FlowError, match="main version 1: cannot be read"):
        read_back(text, checksum_of(text), shown="main version 1")


def test_a_bundle_of_a_newer_ringside_is_refused() -> None:
    text = '{"recipe": 2}'
    with pytest.raises(FlowError, match="by a newer Ringside"):
        read_back(text, checksum_of(text), shown="main version 1")


def test_a_bundle_without_its_flow_is_refused(files: FlowFiles) -> None:
    with pytest.raises(FlowError, match="holds no flow 'other'"):
        load_bundle(replace(bundled(files.load()), flow="other"), NAMES, shown="x")


# --- recordings in the place of texts -------------------------------------------------------------------------------


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_bundle_names_the_recordings_of_what_the_flow_can_say_and_no_others(files: FlowFiles) -> None:
    for text_id in ("welcome", "goodbye", "unsaid", "no_text_at_all"):
        files.records(text_id, text_id.encode())
    files.records("welcome", b"bg", "bg")
    flows = files.load()
    bundle = again(bundled(flows))
    assert bundle.recordings == {"en": {"goodbye": sha256(b"goodbye"), "welcome": sha256(b"welcome")}}
    loaded = load_bundle(bundle, NAMES, shown="x")
    assert loaded.flows["main"].version == flows.flows["main"].version
    assert loaded.texts.recordings == bundle.recordings


def test_a_recorded_piece_of_a_value_belongs_to_the_version(files: FlowFiles) -> None:
    files.writes("price", PRICE)
    files.records("_n1", b"one")
    flows = files.load()
    bundle = again(bundled(flows, "price"))
    assert bundle.recordings == {"en": {"_n1": sha256(b"one")}}
    assert load_bundle(bundle, NAMES, shown="x").flows["price"].version == flows.flows["price"].version
    assert bundled(flows, "main").recordings == {}


def test_a_recording_added_changed_or_removed_makes_another_version_of_those_who_can_say_it(files: FlowFiles) -> None:
    def version() -> str:
        return files.load().flows["main"].version

    without = version()
    files.records("unsaid", b"a")
    assert version() == without
    file = files.records("welcome", b"a")
    first = version()
    files.records("welcome", b"b")
    assert len({without, first, version()}) == 3
    file.unlink()
    assert version() == without


def test_a_bundle_from_before_recordings_were_kept_is_read_as_it_was(files: FlowFiles) -> None:
    flows = files.load()
    made_of = json.loads(written_down(bundled(flows)))
    del made_of["recordings"]
    text = json.dumps(made_of)
    bundle = read_back(text, checksum_of(text), shown="main version 1")
    assert bundle.recordings is None
    assert again(bundle).recordings is None
    loaded = load_bundle(bundle, NAMES, shown="main version 1")
    assert loaded.texts.recordings is None  # those on the disk are taken, as they were then
    assert loaded.flows["main"].version == flows.flows["main"].version


@pytest.mark.parametrize(
    "recordings", [3, [], {"en": []}, {"en": "abc"}, {"en": {"a": 3}}, {"en": {"a": "../x"}}, {"en": {"a": None}}]
)
def test_a_bundle_whose_recordings_make_no_sense_is_refused(files: FlowFiles, recordings: object) -> None:
    text = json.dumps({**json.loads(written_down(bundled(files.load()))), "recordings": recordings})
    with pytest.raises(FlowError, match="main version 1: cannot be read"):
        read_back(text, checksum_of(text), shown="main version 1")


def test_of_flows_together_each_text_keeps_its_own_recording() -> None:
    first = Texts(by_language={"en": {"a": "A"}}, recordings={})
    second = Texts(by_language={"en": {"a": "Other", "b": "B"}}, recordings={"en": {"a": "1", "b": "2"}})
    joined = together([first, second])
    assert joined.by_language == {"en": {"a": "A", "b": "B"}}
    assert joined.recordings == {"en": {"b": "2"}}


def test_a_recording_that_is_too_large_or_cannot_be_read_is_told_with_its_file(files: FlowFiles) -> None:
    os.truncate(files.records("welcome", b""), 50_000_001)
    os.mkfifo(files.folder / "prompts" / "en" / "menu.wav")
    with pytest.raises(FlowError) as refused:
        files.load()
    assert [fault.rpartition("/")[2] for fault in refused.value.faults] == [
        "menu.wav:1:1: is not a file; put a sound file there, or remove it",
        "welcome.wav:1:1: is a recording of 50000001 bytes; at most 50 MB are allowed",
    ]


def test_a_hundred_recordings_are_read_in_no_time(files: FlowFiles) -> None:
    for number in range(100):
        files.records(f"text_{number}", os.urandom(100_000))
    before = time.process_time()
    read_folder(files.folder, Faults())
    assert time.process_time() - before < 0.5
