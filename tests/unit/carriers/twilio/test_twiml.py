"""Each batch is one document, and its end always leads back to us."""

from xml.etree import ElementTree as Tree

import pytest

from telephony.calls.commands import Answer, Ask, Batch, Command, HandOver, HangUp, Hold, Prompt, Record, Ring, Say
from telephony.calls.model import AgentId
from telephony.carriers.twilio.situation import CannotPerformError, Situation
from telephony.carriers.twilio.twiml import Documents
from tests.fakes.virtual_time import NOON
from tests.unit.carriers.twilio.house import CALL, PUBLIC, PaperSounds, account, batch, prompts

NEXT = f"{PUBLIC}/twilio/voice/next?turn=4"
MARIA = AgentId("maria")


def write(*commands: Command, answered: bool = True, music_from_s: int = 0, **settings: object) -> Tree.Element:
    documents = Documents(account(**settings), PaperSounds())
    now = Situation(call_id=CALL, at=NOON, answered=answered, music_from_s=music_from_s, ring_id="4-a1b2")
    return Tree.fromstring(documents.of(batch(*commands, turn=4), now))


def shape(element: Tree.Element) -> list[str]:
    return [f"{one.tag} {(one.text or '').removeprefix(PUBLIC)}".strip() for one in element]


def test_what_is_said_is_played_and_comes_back() -> None:
    made = write(Answer(), Say(prompts=prompts("hello", "hours")))
    assert shape(made) == ["Play /hello.wav", "Play /hours.wav", "Redirect /twilio/voice/next?turn=4"]
    assert made[-1].attrib == {"method": "POST"}


def test_a_question_is_a_gather_that_answers_silence_too() -> None:
    made = write(Say(prompts=prompts("hello")), Ask(prompts=prompts("menu"), max_digits=3, first_digit_s=4.2))
    assert shape(made) == ["Play /hello.wav", "Gather", "Redirect /twilio/voice/next?turn=4&why=silence"]
    assert shape(made[1]) == ["Play /menu.wav"]
    assert made[1].attrib == {
        "input": "dtmf",
        "action": NEXT,
        "method": "POST",
        "numDigits": "3",
        "timeout": "5",
        "finishOnKey": "",
        "actionOnEmptyResult": "true",
    }


@pytest.mark.parametrize(
    ("ask", "timeout"),
    [
        (Ask(prompts=(), first_digit_s=4, next_digit_s=9), "4"),  # one key: there is no next
        (Ask(prompts=(), max_digits=8, first_digit_s=4, next_digit_s=8.5), "9"),
        (Ask(prompts=(), max_digits=8, first_digit_s=4, next_digit_s=2), "4"),
        (Ask(prompts=(), first_digit_s=0.2), "1"),
    ],
)
def test_nobody_is_cut_off_by_the_shorter_of_two_limits(ask: Ask, timeout: str) -> None:
    assert write(ask)[0].get("timeout") == timeout


def test_a_terminator_ends_a_question() -> None:
    assert write(Ask(prompts=(), terminator="#"))[0].get("finishOnKey") == "#"


def test_a_message_is_recorded_with_a_beep_and_silence_comes_back_too() -> None:
    made = write(Record(name="CA1-7", max_s=60, silence_s=4))
    assert shape(made) == ["Record", "Redirect /twilio/voice/next?turn=4&why=silence"]
    told = made[0].attrib
    assert (told["action"], told["maxLength"], told["timeout"], told["finishOnKey"]) == (NEXT, "60", "4", "#")
    assert told["playBeep"] == "true"
    assert told["recordingStatusCallback"] == f"{PUBLIC}/twilio/recording?call={CALL}&name=calls/2026/03/02/CA1-7"


@pytest.mark.parametrize("name", ["../x", "a b", "", "x" * 151, "ж"])
def test_a_recording_whose_name_could_leave_its_folder_is_not_begun(name: str) -> None:
    with pytest.raises(CannotPerformError, match="recording name"):
        write(Record(name=name))


def test_a_hold_plays_prompts_then_music_for_what_is_left_and_any_key_ends_it() -> None:
    made = write(Hold(for_s=20, prompts=prompts("please_hold")), music_from_s=17)
    gather = made[0]
    assert shape(gather) == ["Play /please_hold.wav", "Play /music/default/17/17"]
    assert (gather.get("numDigits"), gather.get("timeout"), gather.get("finishOnKey")) == ("1", "1", "")


def test_a_hold_that_is_shorter_than_its_prompts_plays_no_music() -> None:
    assert shape(write(Hold(for_s=1, prompts=prompts("please_hold")))[0]) == ["Play /please_hold.wav"]


@pytest.mark.parametrize(
    ("endpoint", "noun", "address"),
    [
        ("tel:+359888300400", "Number", "+359888300400"),
        ("client:maria", "Client", "maria"),
        ("PJSIP/101", "Sip", f"sip:101@pbx.example.com;transport=tls?X-Ringside-Call={CALL}"),
    ],
)
def test_an_agents_phone_is_rung_and_tells_how_it_goes(endpoint: str, noun: str, address: str) -> None:
    made = write(Ring(agent=MARIA, endpoint=endpoint, limit_s=20))
    assert shape(made) == ["Dial"]
    dial, phone = made[0], made[0][0]
    assert (dial.get("action"), dial.get("timeout"), dial.get("answerOnBridge")) == (NEXT, "20", "true")
    assert (dial.get("record"), dial.get("callerId")) == (None, None)
    assert (phone.tag, phone.text) == (noun, address)
    assert phone.get("statusCallbackEvent") == "initiated ringing answered completed"
    told, asks = endpoint.replace("+", "%2B"), noun == "Number"
    leg = f"{PUBLIC}/twilio/leg?call={CALL}&ring=4-a1b2&endpoint={told}{'&asked=1' if asks else ''}"
    assert phone.get("statusCallback") == leg
    assert phone.get("url") == (f"{PUBLIC}/twilio/agent?call={CALL}&ring=4-a1b2" if asks else None)


def test_a_number_is_shown_our_own_number_when_there_is_one() -> None:
    ring = Ring(agent=MARIA, endpoint="tel:+359888300400")
    assert write(ring, caller_id="+35924000000")[0].get("callerId") == "+35924000000"
    assert write(Ring(agent=MARIA, endpoint="PJSIP/101"), caller_id="+35924000000")[0].get("callerId") is None


def test_a_talk_is_recorded_when_it_is_to_be() -> None:
    dial = write(Ring(agent=MARIA, endpoint="PJSIP/101", record_as="CA1-3"))[0]
    assert dial.get("record") == "record-from-answer-dual"
    assert dial.get("recordingStatusCallback") == f"{PUBLIC}/twilio/recording?call={CALL}&name=calls/2026/03/02/CA1-3"


@pytest.mark.parametrize("endpoint", ["PJSIP/101&PJSIP/102", "tel:101", "tel:+359 888", "Local/1@x", "", "client:a b"])
def test_what_is_no_phone_is_not_rung(endpoint: str) -> None:
    with pytest.raises(CannotPerformError, match="no phone"):
        write(Ring(agent=MARIA, endpoint=endpoint))


def test_an_extension_is_not_rung_where_no_way_to_asterisk_is_set() -> None:
    with pytest.raises(CannotPerformError, match="sip_dial"):
        write(Ring(agent=MARIA, endpoint="PJSIP/101"), sip_dial="")


def test_the_end_is_said_first() -> None:
    assert shape(write(Say(prompts=prompts("bye", "missing")), HangUp())) == ["Play /bye.wav", "Hangup"]


def test_busy_is_told_by_a_call_that_was_not_answered() -> None:
    assert write(HangUp(cause="busy"), answered=False)[0].attrib == {"reason": "busy"}
    assert shape(write(HangUp(cause="busy"))) == ["Hangup"]
    assert shape(write(HangUp(), answered=False)) == ["Hangup"]


def test_who_is_handed_over_reaches_the_fallback_number() -> None:
    made = write(Say(prompts=prompts("sorry")), HandOver(), fallback_number="+35924000009")
    assert shape(made) == ["Play /sorry.wav", "Dial", "Hangup"]
    assert made[1][0].text == "+35924000009"


def test_without_a_fallback_number_handing_over_ends_the_call() -> None:
    assert shape(write(HandOver())) == ["Hangup"]


@pytest.mark.parametrize(
    "silent", [(Say(prompts=prompts("missing")),), (Say(prompts=prompts("hello")), Ask(prompts=prompts("missing")))]
)
def test_half_a_sentence_is_not_said(silent: tuple[Command, ...]) -> None:
    with pytest.raises(CannotPerformError, match="ringside prompts render") as fault:
        write(*silent)
    assert fault.value.speechless


def test_what_settings_hold_cannot_break_the_document() -> None:
    made = write(Ring(agent=MARIA, endpoint="PJSIP/101"), sip_dial='sip:{extension}@x?h="<a>"&b=1')
    assert made[0][0].text == f'sip:101@x?h="<a>"&b=1&X-Ringside-Call={CALL}'


def test_waiting_is_a_second_of_silence_or_a_prompt() -> None:
    documents = Documents(account(), PaperSounds())
    assert shape(Tree.fromstring(documents.wait(3))) == ["Pause", "Redirect /twilio/voice/next?turn=3&why=wait"]
    moment = Prompt(text_id="one_moment", language="en")
    assert shape(Tree.fromstring(documents.wait(3, moment)))[0] == "Play /one_moment.wav"


def test_an_empty_batch_comes_back() -> None:
    empty = Batch(turn=4, language="en", commands=())
    made = Documents(account(), PaperSounds()).of(empty, Situation(call_id=CALL, at=NOON))
    assert shape(Tree.fromstring(made)) == ["Redirect /twilio/voice/next?turn=4"]
