"""Scripts anyone can write: read, run and written."""

from textwrap import dedent

import pytest

from telephony.calls.model import QueueName
from telephony.ivr.facts import CalendarState, CustomerFacts, QueueFacts
from telephony.ivr.loader import load_flows
from telephony.ivr.walks.file import flow_of_walks, read_walks
from telephony.ivr.walks.running import WalkResult, run_walks
from telephony.ivr.walks.scene import Scene
from telephony.ivr.walks.script import Walk
from telephony.ivr.walks.words import FORMS
from telephony.ivr.walks.writing import given_of, write_walks
from telephony.ivr.yaml_tree import Faults
from tests.fakes.caller import ANY_TEXTS, FLOWS, KNOWN, nodes

FLOW = nodes(
    """
    hello: {type: play, say: welcome, to: hours, milestone: greeted}
    hours: {type: hours, calendar: office, open: ask, closed: mail}
    ask:
      type: menu
      say: main_menu
      keys: {1: {label: sales, to: line}, 2: {label: order, to: number}, 3: {label: account, to: who}, 4: far}
    line: {type: queue, queue: sales, otherwise: mail, then: bye}
    far: {type: external, number: "+35921234567", otherwise: person}
    number: {type: collect, say: enter_order_number, max_digits: 4, save_as: order, to: look}
    look:
      type: lookup
      source: orders
      with: {order: answers.order}
      gives: {status: text}
      to: what
      not_found: number
      otherwise: person
    what: {type: branch, when: [{if: lookup.look.status == "sent", label: sent, to: told}], else: person}
    told: {type: hangup, say: t, outcome: contained}
    who: {type: identify, number: {say: t}, pin: {say: t}, to: offer, otherwise: person}
    offer: {type: callback, queue: sales, say: t, promised_say: t, number_say: t, to: bye, otherwise: person}
    mail: {type: voicemail, mailbox: sales, say: leave_message, to: bye}
    """,
    start="hello",
)

HEAD = "flow: test\nwalks:\n"


def read(written: str) -> tuple[Walk, ...]:
    faults = Faults()
    walks = read_walks(HEAD + dedent(written), "test.walks.yaml", FLOW, faults)
    assert faults.told == []
    return walks


def faults_of(written: str) -> list[str]:
    faults = Faults()
    read_walks(written, "test.walks.yaml", FLOW, faults)
    return faults.told


def result(steps: str, given: str = "{}") -> WalkResult:
    walks = read(f"- name: a walk\n  given: {given}\n  steps: {steps}\n")
    return run_walks(FLOW, ANY_TEXTS, walks)[0]


@pytest.mark.parametrize(
    ("steps", "given"),
    [
        ("[hears welcome, presses 1, ends in queue sales]", "{}"),
        ("[passes milestone greeted, at ask, presses 4, ends with number +35921234567]", "{}"),
        ("[says nothing, says nothing, says nothing, ends in queue operator]", "{}"),
        ("[presses 1, nobody answers, hears leave_message, speaks 3 s, ends in voicemail sales, ends hung up]", "{}"),
        ("[presses 1, agent answers, ends in queue sales, ends hung up]", "{}"),
        ("[presses 2 1234, looks up orders: {status: sent}, at told, ends with outcome contained]", "{}"),
        ("[presses 2 1234, looks up orders: {status: lost}, ends in queue operator]", "{}"),
        ("[presses 2 1234, lookup orders finds nothing, hears enter_order_number]", "{}"),
        ("[presses 2 1234, lookup orders fails, ends in queue operator]", "{}"),
        ("[presses 2 1234, lookup orders is late, ends in queue operator]", "{}"),
        ("[presses 3, enters right pin, presses 1, callback is promised, ends hung up]", "{}"),
        ("[presses 3, enters right pin, presses 1, callback is not promised, ends in queue operator]", "{}"),
        ("[presses 3, enters wrong pin, enters wrong pin, enters wrong pin, ends in queue operator]", "{}"),
        ("[presses 3 1234 5678, enters right pin, at offer]", "{}"),
        ("[presses 3, pin is not checked, ends in queue operator]", "{}"),
        ("[presses 9, hangs up, ends abandoned]", "{}"),
        ("[hears leave_message, speaks 3 s, ends in voicemail sales]", "{closed: [office]}"),
        ("[hears leave_message]", "{emergency: office}"),
    ],
)
def test_a_walk_that_is_so_passes(steps: str, given: str) -> None:
    told = result(steps, given)
    assert told.passed, str(told)


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        (
            "[presses 1, ends in voicemail sales]",
            "test.walks.yaml:5:22: walk 'a walk': expected 'ends in voicemail sales', but the call is in queue sales",
        ),
        ("[hears leave_message]", "expected 'hears leave_message', but heard "),
        ("[agent answers]", "expected 'agent answers', but the call waits for keys at ask"),
        ("[presses 1, speaks 4 s]", "but the call waits for people at line"),
        ("[presses 1, hears main_menu]", "but heard nothing more (the call is in queue sales (node line))"),
        ("[at bye]", "but the call waits for keys at ask"),
        ("[hangs up, presses 1]", "but the call waits for nothing: it is over at ask"),
        ("[hears main_menu, hears welcome]", "expected 'hears welcome'"),
        ("[presses 1, enters right pin]", "but the call waits for people at line"),
    ],
)
def test_a_walk_that_is_not_so_tells_what_was_expected_and_what_happened(steps: str, fault: str) -> None:
    told = result(steps)
    assert not told.passed
    assert fault in str(told)
    assert told.lines


def test_words_may_be_expected_instead_of_a_text() -> None:
    flows = load_flows(FLOWS, KNOWN)
    main = flows.flows["main"]
    source = "flow: main\nwalks:\n  - name: words\n    steps: [presses 1, 'hears \"WELCOME to northwind\"']\n"
    faults = Faults()
    told = run_walks(main, flows.texts, read_walks(source, "x", main, faults))
    assert faults.told == []
    assert [each.passed for each in told] == [True]


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("flow: other\nwalks: [{name: a, steps: [hangs up]}]", "1:7: walks: 'flow' is 'other'"),
        ("flow: test\nwalks: []", "must be a list of 1 to"),
        ("flow: test\nwalk: []", "unknown key 'walk' (did you mean 'walks'?)"),
        (HEAD + "- {name: a, steps: [press 1]}", "'press 1' is no step (did you mean "),
        (HEAD + "- {name: a, steps: [presses]}", "a # or : needs quotes around the step"),
        (HEAD + "- {name: a, steps: [at asks]}", "there is no node 'asks' in this flow (did you mean 'ask'?)"),
        (HEAD + "- {name: a, steps: [hears wellcome]}", "there is no text 'wellcome' in this flow (did you mean"),
        (HEAD + "- {name: a, steps: [ends in queue sale]}", "there is no queue 'sale' in this flow"),
        (HEAD + "- {name: a, steps: [looks up order: {a: b}]}", "there is no source 'order'"),
        (HEAD + "- {name: a, steps: [passes milestone x]}", "there is no milestone 'x' in this flow"),
        (HEAD + "- {name: a, steps: [presses 1: {a: b}]}", "'presses 1' takes no values"),
        (HEAD + "- {name: a, given: {at: noon}, steps: [hangs up]}", "must be a date and time such as"),
        (HEAD + "- {name: a, given: {from: 123}, steps: [hangs up]}", "must be a full number such as"),
        (HEAD + "- {name: a, given: {open: [shop]}, steps: [hangs up]}", "calendar 'shop' is unknown"),
        (HEAD + "- {name: a, given: {queues: {sale: {waiting: 1}}}, steps: [hangs up]}", "names 'sale' (did"),
        (HEAD + "- {name: a, given: {fact: {}}, steps: [hangs up]}", "unknown key 'fact' (did you mean 'facts'?)"),
        (HEAD + "- {name: a, given: {known: false, language: en}, steps: [hangs up]}", "put it under 'identified'"),
        (HEAD + "- {name: a, steps: [hangs up]}\n- {name: a, steps: [hangs up]}", "is the name of another walk too"),
        (HEAD + "- {name: a}", "'steps' must be a list"),
        (HEAD + "- a walk", "a walk must have 'name' and 'steps'"),
        ("flow: [", "is not YAML"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place_and_what_is_allowed(written: str, fault: str) -> None:
    told = faults_of(written)
    assert any(fault in each and each.startswith("test.walks.yaml:") for each in told), told


def test_what_is_given_holds() -> None:
    given = (
        '{from: "+359888100001", called: "100", at: "2026-12-24T18:00", language: ru, name: Ada, personal_agent: maria,'
        ' facts: {tier: vip, orders: 3, debt: false, code: "7"}, holiday: [office],'
        " queues: {sales: {waiting: 3, ready: 0, present: 2}}, identified: {facts: {tier: gold}}}"
    )
    scene = read(f"- name: a\n  given: {given}\n  steps: [hangs up]")[0].scene
    facts = scene.facts(FLOW)
    assert facts.caller == "+359888100001"
    assert facts.called == "100"
    assert facts.now.isoformat() == "2026-12-24T18:00:00+00:00"
    assert facts.calendars["office"] is CalendarState.HOLIDAY
    assert facts.queues[QueueName("sales")] == QueueFacts(waiting=3, agents_ready=0, agents_present=2)
    assert facts.customer is not None
    assert facts.customer.facts == {"tier": "vip", "orders": 3, "debt": False, "code": "7"}
    assert scene.once_identified == CustomerFacts(facts={"tier": "gold"})


def test_a_withheld_number_is_given_as_such() -> None:
    scene = read("- name: a\n  given: {withheld: true}\n  steps: [hangs up]")[0].scene
    assert scene.facts(FLOW).caller == ""
    assert given_of(scene) == "{withheld: true}"


def test_walks_written_are_read_back_the_same() -> None:
    walks = read(
        """
        - name: "everything: of it"
          given: {from: "+359888100001", at: "2026-12-24T18:00", facts: {"a b": "yes", n: 1.5}, closed: [office]}
          steps: [hears welcome, 'hears "a word"', presses 1, nobody answers, speaks 2.5 s, ends hung up]
        - name: lookups
          steps:
            - presses 2 1234
            - looks up orders: {status: "12"}
            - enters wrong pin
            - says nothing
            - "presses *#"
        """
    )
    again = read_walks(
        write_walks("test", walks, about=["written by a test"]), "test.walks.yaml", FLOW, faults := Faults()
    )
    assert faults.told == []
    assert [(walk.name, walk.scene, walk.steps) for walk in again] == [
        (walk.name, walk.scene, walk.steps) for walk in walks
    ]


def test_every_form_of_a_step_can_be_read() -> None:
    names = {
        "TEXT_ID": "welcome",
        "SOURCE": "orders",
        "NODE": "ask",
        "QUEUE": "sales",
        "AGENT": "maria",
        "milestone NAME": "milestone greeted",
        "outcome NAME": "outcome contained",
        "{field: value}": "{status: sent}",
    }
    for form in FORMS:
        written = form
        for word, name in names.items():
            written = written.replace(word, name)
        step = written if written.startswith("looks up") else f"'{written.replace(chr(39), chr(39) * 2)}'"
        assert read(f"- name: a\n  steps:\n    - {step}")


def test_a_file_names_the_flow_of_its_walks() -> None:
    faults = Faults()
    assert flow_of_walks("flow: test\nwalks: []", "x", faults) == "test"
    assert faults.told == []
    assert flow_of_walks("walks: []", "x.walks.yaml", faults) == ""
    assert "'flow' is missing" in faults.told[0]


def test_every_walk_of_the_demo_flows_is_as_written() -> None:
    flows = load_flows(FLOWS, KNOWN)
    faults = Faults()
    files = sorted(FLOWS.glob("*.walks.yaml"))
    assert files
    for file in files:
        source = file.read_text(encoding="utf-8")
        flow = flows.flows[flow_of_walks(source, file.name, faults)]
        results = run_walks(flow, flows.texts, read_walks(source, file.name, flow, faults))
        assert [str(each) for each in results if not each.passed] == []
    assert faults.told == []


def test_a_scene_of_nothing_given_needs_no_words() -> None:
    assert given_of(Scene()) == ""
