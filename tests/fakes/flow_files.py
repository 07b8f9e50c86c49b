"""A small folder of flows on disk, to be changed and published."""

from pathlib import Path

from telephony.ivr.loader import FlowSet, load_flows
from telephony.ivr.surroundings import Names
from telephony.ivr.texts import COMMON_TEXTS
from tests.fakes.flows import MAIN

NAMES = Names(calendars=frozenset({"office"}), queues=frozenset({"sales", "operator"}))
TEXTS = {"welcome": "Welcome.", "menu": "Press one for sales.", "unsaid": "Nobody says this."}

PART = """
flow: ask_order
languages: [en]
results: [done]
start: ask
nodes:
  ask: {type: collect, say: menu, save_as: order, max_digits: 5, no_input: {to: back}, no_match: {to: back}, to: back}
  back: {type: return, result: done}
"""

WITH_PART = """
flow: service
languages: [en]
start: order
no_keys: line
nodes:
  order: {type: subflow, flow: ask_order, results: {done: line}}
  line: {type: queue, queue: sales, otherwise: bye}
  bye: {type: hangup}
"""


class FlowFiles:
    """The files; each method changes one of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "prompts").mkdir(parents=True)
        self.says()
        self.writes("main", MAIN)

    def writes(self, name: str, source: str) -> None:
        (self.folder / f"{name}.yaml").write_text(source, encoding="utf-8")

    def edits(self, name: str, old: str, new: str) -> None:
        source = (self.folder / f"{name}.yaml").read_text(encoding="utf-8")
        assert old in source
        self.writes(name, source.replace(old, new))

    def says(self, language: str = "en", **texts: str) -> None:
        known = {text_id: text_id for text_id in COMMON_TEXTS} | TEXTS | texts
        lines = "".join(f'{text_id}: "{text}"\n' for text_id, text in known.items())
        (self.folder / "prompts" / f"{language}.yaml").write_text(lines, encoding="utf-8")

    def explains(self, article: str, source: str, language: str = "en") -> None:
        file = self.folder / "articles" / language / f"{article}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")

    def records(self, text_id: str, sound: bytes, language: str = "en") -> Path:
        file = self.folder / "prompts" / language / f"{text_id}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(sound)
        return file

    def load(self, names: Names = NAMES) -> FlowSet:
        return load_flows(self.folder, names)
