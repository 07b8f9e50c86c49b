"""A flow played on paper: what is heard, when, and where it ends."""

from datetime import UTC, datetime

import pytest

from telephony.ivr.facts import CalendarState, CustomerFacts
from telephony.ivr.flow import Flow
from telephony.ivr.position import Answered
from telephony.ivr.texts import Texts
from telephony.ivr.walks.acts import Answers, Checks, HangsUp, LooksUp, Misses, Presses, Promises, Silent, Speaks, Waits
from telephony.ivr.walks.paper import PaperCall
from telephony.ivr.walks.scene import Scene
from telephony.ivr.walks.told import Told
from telephony.ivr.walks.transcript import HANG_UP, NOBODY, SILENCE, TALK, CallerOnPaper, played
from tests.fakes.caller import ANY_TEXTS, nodes

MENU = nodes(
    """
    ask: {type: menu, say: t, keys: {1: {label: sales, to: line}, 2: {label: message, to: mail}}, no_input: {tries: 2}}
    line: {type: queue, queue: sales, otherwise: mail, then: score}
    score: {type: survey, questions: [{name: score, say: t}], to: bye}
    mail: {type: voicemail, mailbox: sales, say: t, to: bye}
    """,
    start="ask",
)
ORDER = nodes(
    """
    number: {type: collect, say: t, max_digits: 4, save_as: order, to: look}
    look:
      type: lookup
      source: orders
      with: {order: answers.order}
      gives: {status: text, total: number, paid: flag}
      to: tell
      not_found: person
      otherwise: bye
    tell: {type: play, say: [t, {money: lookup.look.total}], to: person}
    """,
    start="number",
)
PIN = nodes(
    """
    who: {type: identify, number: {say: t}, pin: {say: t}, attempts: 2, to: tier, otherwise: person}
    tier: {type: branch, when: [{if: customer.facts.tier == "vip", label: vip, to: mail}], else: call_back}
    mail: {type: voicemail, mailbox: sales, say: t, to: bye}
    call_back: {type: callback, queue: sales, say: t, promised_say: t, number_say: t, to: bye, otherwise: person}
    """,
    start="who",
)


def paper(flow: Flow, scene: Scene | None = None, texts: Texts = ANY_TEXTS) -> PaperCall:
    scene = scene or Scene()
    return PaperCall(flow, texts, scene.facts(flow), identified=scene.once_identified)


def said(call: PaperCall) -> list[str]:
    return [str(line) for line in call.lines]


def test_keys_are_answered_and_the_call_stays_with_people() -> None:
    call = played(paper(MENU), CallerOnPaper(keys=(SILENCE, "1")))
    assert "presses: nothing" in said(call)
    assert "  at ask: keys 1 (sales)" in said(call)
    assert said(call)[-1] == "ends: in queue sales"
    assert call.ends == ["in queue sales"]


def test_an_agent_who_hangs_up_first_leaves_the_caller_to_the_survey() -> None:
    call = played(paper(MENU), CallerOnPaper(keys=("1", TALK, "5")))
    assert "talks: with queue sales, until they hang up" in said(call)
    assert "  at score: scored 5 (score)" in said(call)
    assert call.ends == ["in queue sales", "hung up"]


def test_when_nobody_takes_the_call_a_message_is_left() -> None:
    call = played(paper(MENU), CallerOnPaper(keys=("1", NOBODY), message_s=7))
    assert "waits: in queue sales, nobody there" in said(call)
    assert "speaks: 7 s" in said(call)
    assert call.ends == ["in voicemail sales", "hung up"]


@pytest.mark.parametrize("keys", [(HANG_UP,), ("1", HANG_UP), ("2", HANG_UP), ("9", HANG_UP), ("1", NOBODY, HANG_UP)])
def test_the_caller_may_hang_up_at_any_point(keys: tuple[str, ...]) -> None:
    call = played(paper(MENU), CallerOnPaper(keys=keys))
    assert said(call)[-1] == "ends: abandoned"
    assert "abandoned" in call.ends


def test_values_of_a_lookup_are_heard_in_words() -> None:
    texts = Texts(by_language={"en": {"t": "it costs", "_n12": "twelve", "_eur_many": "euros"}})
    call = paper(ORDER, texts=texts)
    call.do(Presses(digits="1234"))
    assert call.waits is Waits.LOOKUP
    call.do(LooksUp(source="orders", outcome=Answered.FOUND, values={"status": "sent", "total": "12", "paid": "yes"}))
    heard = [line.text for line in call.lines if line.told is Told.HEARS]
    assert "twelve euros" in heard
    given = {given.name: given.value for given in call.now.position.answers}
    assert given["lookup.look.total"] == 12.0
    assert given["lookup.look.paid"] is True


@pytest.mark.parametrize(
    ("act", "line", "waits"),
    [
        (LooksUp(source="orders", outcome=Answered.NOT_FOUND), "looks up: orders, nothing found", Waits.PEOPLE),
        (LooksUp(source="orders", outcome=Answered.FAILED), "looks up: orders, no answer", Waits.NOTHING),
    ],
)
def test_a_lookup_without_an_answer_goes_its_own_way(act: LooksUp, line: str, waits: Waits) -> None:
    call = paper(ORDER)
    call.do(Presses(digits="1234"))
    call.do(act)
    assert line in said(call)
    assert call.waits is waits


def test_a_slow_lookup_takes_its_whole_limit() -> None:
    call = paper(ORDER)
    call.do(Presses(digits="1234"))
    before = call.at_s
    call.do(LooksUp(source="orders", outcome=Answered.FAILED, late=True))
    assert call.at_s >= before + 3


def test_a_pin_is_never_shown_and_makes_the_customer_known() -> None:
    scene = Scene(identified=CustomerFacts(facts={"tier": "vip"}))
    call = paper(PIN, scene)
    call.do(Presses(digits="4711"))
    call.do(Presses(digits="8642"))
    assert call.waits is Waits.PIN
    call.do(Checks(outcome=Answered.FOUND))
    assert call.waits is Waits.MESSAGE
    assert not any("4711" in line or "8642" in line for line in said(call))


def test_a_wrong_pin_is_asked_again_until_the_attempts_are_used_up() -> None:
    call = paper(PIN)
    for _ in range(2):
        call.do(Presses(digits="4711"))
        call.do(Presses(digits="8642"))
        call.do(Checks(outcome=Answered.NOT_FOUND))
    assert call.ends == ["in queue operator"]


def test_a_callback_may_be_promised_or_not_written_down() -> None:
    for kept, end in ((True, "hung up"), (False, "in queue operator")):
        call = paper(PIN)
        call.do(Presses(digits="4711"))
        call.do(Presses(digits="8642"))
        call.do(Checks(outcome=Answered.FOUND))
        call.do(Presses(digits="1"))
        assert call.waits is Waits.PROMISE
        call.do(Promises(kept=kept))
        assert end in call.ends


def test_each_line_tells_when_it_is() -> None:
    call = paper(MENU)
    call.do(Silent())
    call.do(Presses(digits="2"))
    call.do(Speaks(seconds=10))
    times = [line.at_s for line in call.lines]
    assert times == sorted(times)
    assert call.at_s >= 5 + 10


def test_acts_that_do_not_fit_are_known_before_they_are_done() -> None:
    call = paper(MENU)
    assert call.fits(Presses(digits="1"))
    assert call.fits(HangsUp())
    assert not call.fits(Speaks())
    assert not call.fits(Answers())
    call.do(Presses(digits="1"))
    assert call.fits(Misses())
    call.do(HangsUp())
    assert not call.fits(HangsUp())


def test_calendars_not_named_are_open_or_as_their_hours_say() -> None:
    def closed_at_night(at: datetime) -> dict[str, CalendarState]:
        return {"office": CalendarState.CLOSED if at.hour > 20 else CalendarState.OPEN}

    night = Scene(at=datetime(2026, 3, 2, 22, tzinfo=UTC))
    assert Scene().facts(MENU, closed_at_night).calendars["office"] is CalendarState.OPEN
    assert night.facts(MENU, closed_at_night).calendars["office"] is CalendarState.CLOSED
    holiday = Scene(at=night.at, calendars={"office": CalendarState.HOLIDAY})
    assert holiday.facts(MENU, closed_at_night).calendars["office"] is CalendarState.HOLIDAY
