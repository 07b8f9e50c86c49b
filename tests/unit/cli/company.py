"""A small company of its own for the tests of commands."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from telephony.cli import main
from tests.unit.cli.own_settings import own_settings

PROJECT = Path(__file__).resolve().parents[3]
SETTINGS = """
[company]
region = "BG"
timezone = "UTC"
[server]
data_dir = "data"
[ivr]
flows_dir = "../flows"
[queues.sales]
[queues.operator]
[calendars.office]
weekly = { "mon-fri" = "09:00-18:00" }
[lookups.prices]
source = "file"
file = "config/prices.json"
"""
TEXTS = """
hello: Welcome.
ask: For sales, press 1.
price: It costs
closed: We are closed.
please_hold: Please hold.
all_busy: All are busy.
sorry_hold_for_a_person: Sorry, hold for a person.
transferring: One moment.
leave_message: Speak after the tone.
goodbye: Goodbye.
not_understood: Sorry?
not_known: not known
"""
FLOW = """
flow: main
languages: [en]
start: hours
no_keys: line
nodes:
  hours: {type: hours, calendar: office, open: hello, closed: mail}
  hello: {type: play, say: hello, to: tier, milestone: greeted}
  tier: {type: branch, when: [{if: customer.facts.tier == "vip", label: vip, to: line}], else: ask}
  ask: {type: menu, say: ask, keys: {1: {label: sales, to: line}, 2: {label: price, to: look}, 3: mail}}
  look:
    type: lookup
    source: prices
    with: {caller: call.caller}
    gives: {price: number}
    to: told
    otherwise: line
  told: {type: play, say: [price, {money: lookup.look.price}], to: bye, outcome: contained}
  line: {type: queue, queue: sales, otherwise: mail, then: bye}
  mail: {type: voicemail, mailbox: operator, to: bye}
  bye: {type: hangup, say: goodbye}
"""
WALKS = """
flow: main
walks:
  - name: sales in one key
    steps: [hears hello, presses 1, ends in queue sales]
  - name: closed at night
    given: {at: "2026-03-02T22:00"}
    steps: [hears leave_message, speaks 3 s, ends in voicemail operator]
"""

Ringside = Callable[..., int]


def company_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Ringside:
    """Return what runs a command in a company of one flow, with walks beside it."""
    (folder / "flows" / "prompts").mkdir(parents=True)
    file = own_settings(folder, SETTINGS.replace("../flows", str(folder / "flows")), monkeypatch)
    (folder / "flows" / "main.yaml").write_text(FLOW)
    (folder / "flows" / "main.walks.yaml").write_text(WALKS)
    (folder / "flows" / "prompts" / "en.yaml").write_text(TEXTS)
    shutil.copytree(PROJECT / "config/demo", folder / "config/demo")
    return lambda *arguments: main(["--config", str(file), *arguments])
