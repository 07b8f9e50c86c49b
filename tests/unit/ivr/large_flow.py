"""A flow as large as a flow gets in practice: the departments of a company, each with menus, conditions and lines."""

from pathlib import Path

from telephony.ivr.texts import COMMON_TEXTS as TEXTS_OF_ALL_FLOWS

LANGUAGES = ("en", "ru", "bg")
SIZE = 20
"""Nodes of one department."""

HEAD = """\
flow: large
about: {departments} departments
languages: [en, ru, bg]
start: d0_hours
no_keys: d0_line
nodes:
"""

DEPARTMENT = """\
  {d}_hours:
    type: hours
    calendar: office
    open: {d}_known
    closed: {d}_closed
  {d}_known:
    type: branch
    when:
      - if: customer.known && customer.facts.tier == "vip"
        label: vip
        to: {d}_personal
      - if: queue.{queue}.waiting > {number} && now.hour >= 9
        label: busy
        to: {d}_offer
      - if: answers.{d}_order.startsWith("{number}") || call.withheld
        label: has called before
        to: {d}_line
    else: {d}_welcome
  {d}_welcome:
    type: play
    say: {d}_welcome
    to: {d}_menu
  {d}_menu:
    type: menu
    say: [{d}_menu, more_choices]
    save_as: {d}_choice
    keys:
      1: {{label: sales, to: {d}_line}}
      2: {{label: order, to: {d}_order}}
      3: {{label: news, to: {d}_news}}
      4: {{label: message, to: {d}_closed}}
      5: {{label: rate us, to: {d}_survey}}
      9: {{label: next department, to: {next}_hours}}
      0: {{label: person, to: {d}_personal}}
    no_input: {{tries: 2, say: no_key, to: {d}_line}}
    no_match: {{tries: 3, to: {d}_line}}
  {d}_news:
    type: play
    say: [{d}_news, "{d}_more"]
    to: {d}_menu
  {d}_order:
    type: collect
    say: {d}_order
    min_digits: 4
    max_digits: 8
    terminator: "#"
    save_as: {d}_order
    no_input: {{tries: 2, to: {d}_line}}
    no_match: {{tries: 3, to: {d}_line}}
    to: {d}_read
  {d}_read:
    type: play
    say: [{d}_read, {{digits: answers.{d}_order}}]
    to: {d}_lookup
  {d}_lookup:
    type: lookup
    source: orders
    with: {{order: answers.{d}_order}}
    gives: {{status: text, total: number}}
    limit_s: 2
    to: {d}_status
    otherwise: {d}_line
  {d}_status:
    type: branch
    when:
      - if: lookup.{d}_lookup.status == "sent"
        label: sent
        to: {d}_sent
    else: {d}_keep
  {d}_sent:
    type: play
    say: [{d}_sent, {{money: lookup.{d}_lookup.total}}]
    to: {d}_menu
  {d}_keep:
    type: set
    values: {{{d}_last: "answers.{d}_order"}}
    to: {d}_consent
  {d}_consent:
    type: consent
    to: {d}_line
  {d}_offer:
    type: callback
    queue: {queue}
    to: {d}_thanks
    otherwise: {d}_line
  {d}_personal:
    type: agent
    agent: personal
    ring_s: 20
    otherwise: {d}_line
  {d}_line:
    type: queue
    queue: {queue}
    say: please_hold
    wait_s: 300
    otherwise: {d}_outside
  {d}_outside:
    type: external
    number: "+35921234567"
    say: transferring
    otherwise: {d}_closed
  {d}_closed:
    type: voicemail
    mailbox: {queue}
    say: [{d}_closed, leave_message]
    to: {d}_thanks
  {d}_survey:
    type: survey
    questions:
      - {{name: {d}_score, say: {d}_score}}
    to: {d}_thanks
  {d}_thanks:
    type: play
    say: {d}_thanks
    to: {d}_bye
  {d}_bye:
    type: hangup
    outcome: contained
    say: goodbye
"""

CALLBACK_TEXTS = ("offer_callback", "enter_phone_number", "callback_promised")
OWN_TEXTS = ("welcome", "menu", "news", "more", "order", "read", "sent", "closed", "score", "thanks")
SHARED_TEXTS = (*TEXTS_OF_ALL_FLOWS, *("more_choices", "no_key", "ask_to_record"), *CALLBACK_TEXTS)
QUEUES = ("sales", "service", "operator")


def large_flow(nodes: int) -> str:
    """Return a flow of so many nodes, rounded to whole departments."""
    departments = max(1, nodes // SIZE)
    made = [
        DEPARTMENT.format(
            d=f"d{number}", next=f"d{(number + 1) % departments}", number=number, queue=QUEUES[number % 3]
        )
        for number in range(departments)
    ]
    return HEAD.format(departments=departments) + "".join(made)


def large_texts(nodes: int) -> str:
    """Return the texts of one language that the flow says."""
    departments = max(1, nodes // SIZE)
    own = (f"d{number}_{text}" for number in range(departments) for text in OWN_TEXTS)
    return "".join(f"{text}: This is what callers hear of {text}.\n" for text in (*SHARED_TEXTS, *own))


def write_large_flow(folder: Path, nodes: int) -> Path:
    """Write the flow with its texts into a folder; return its file."""
    (folder / "prompts").mkdir(parents=True)
    for language in LANGUAGES:
        (folder / "prompts" / f"{language}.yaml").write_text(large_texts(nodes))
    file = folder / "large.yaml"
    file.write_text(large_flow(nodes))
    return file
