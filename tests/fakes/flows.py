"""Small flows for journeys, read by the real loader."""

from telephony.ivr.flow import Flow
from telephony.ivr.loader import read_flow
from telephony.ivr.surroundings import Names
from telephony.ivr.texts import Texts
from telephony.ivr.yaml_tree import Faults

MAIN = """
flow: main
languages: [en]
start: welcome
no_keys: sales_line
nodes:
  welcome: {type: play, say: welcome, to: menu}
  menu:
    type: menu
    say: menu
    keys:
      1: {label: sales, to: sales_line}
      2: {label: message, to: message}
      3: {label: personal, to: personal}
      9: {label: goodbye, to: bye}
    no_input: {tries: 2, to: sales_line}
    no_match: {tries: 2, to: sales_line}
  sales_line: {type: queue, queue: sales, say: please_hold, wait_s: 120, otherwise: message}
  personal: {type: agent, agent: personal, say: transferring, ring_s: 15, otherwise: sales_line}
  message: {type: voicemail, mailbox: sales, say: leave_message, to: bye}
  bye: {type: hangup, say: goodbye}
"""


class AnyText(dict[str, str]):
    """Has every text."""

    def __contains__(self, key: object) -> bool:
        return True


def flow(source: str = MAIN, *languages: str) -> Flow:
    faults = Faults()
    texts = Texts(by_language={language: AnyText() for language in languages or ("en",)})
    known = Names(queues=frozenset({"sales"}))
    read = read_flow(source, "test.yaml", known, texts, faults)
    assert read is not None, faults.told
    return read


def flows(source: str = MAIN) -> dict[str, Flow]:
    read = flow(source)
    return {read.name: read}
