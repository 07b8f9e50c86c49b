"""What happened while nobody listened is told as its events would have told it, from the list of channels."""

import pytest

from telephony.calls.events import (
    CarrierEvent,
    LegAnswered,
    LegDialed,
    LegEnded,
    LegRinging,
    PhoneChanged,
)
from telephony.calls.model import CallId
from tests.fakes.channel_list import CALL, CALLER, MEMBER, RINGING, UP, HeardAsterisk, caller, channel, in_queue

CLOUDS = "CA" + "1" * 32
LOCAL = {"Application": "Dial", "ApplicationData": "PJSIP/102,20,tT", "CallerIDNum": CALLER, "Exten": "102"}


def story(told: tuple[CarrierEvent, ...]) -> list[str]:
    """Return what happened to phones, `PJSIP/101 ringing`, and their states."""
    names = {LegDialed: "dialed", LegRinging: "ringing", LegAnswered: "answered", LegEnded: "ended"}
    return [
        f"{each.endpoint} is {each.state.value}"
        if isinstance(each, PhoneChanged)
        else f"{each.endpoint} {names[type(each)]}"  # type: ignore[index, union-attr]
        for each in told
    ]


def dialed(told: tuple[CarrierEvent, ...]) -> LegDialed:
    [found] = [each for each in told if isinstance(each, LegDialed)]
    return found


@pytest.mark.parametrize(
    ("others", "cause"),
    [
        ([], 0),
        ([caller()], 19),
        ([caller(bridge="b"), channel("PJSIP/102-3", "1.3", bridge="b", **MEMBER)], 26),
    ],
    ids=["the call is over", "nobody took it", "somebody else took it"],
)
def test_a_leg_that_is_gone_has_ended_though_its_call_may_live_on(others: list[dict[str, str]], cause: int) -> None:
    asterisk = HeardAsterisk()
    asterisk.dials("PJSIP/101", "1.2")
    gone = asterisk.shows(*others)[0]
    assert isinstance(gone, LegEnded)
    assert (gone.call_id, gone.leg_id, gone.endpoint, gone.cause) == (CALL, "1.2", "PJSIP/101", cause)
    assert [each for each in asterisk.shows(*others) if isinstance(each, LegEnded | LegDialed)] == []


def test_a_leg_that_is_known_and_lives_is_not_dialled_again_and_it_is_told_how_far_it_is() -> None:
    asterisk = HeardAsterisk()
    asterisk.dials("PJSIP/101", "1.2")
    assert story(asterisk.shows(caller(), channel("PJSIP/101-2", "1.2", state=RINGING, **MEMBER))) == [
        "PJSIP/101 ringing"
    ]
    talks = asterisk.shows(caller(bridge="b"), channel("PJSIP/101-2", "1.2", bridge="b", **MEMBER))
    assert story(talks) == ["PJSIP/101 answered"]


def test_a_phone_that_began_to_ring_unheard_is_told_as_its_events_would_have_told_it() -> None:
    unheard = HeardAsterisk().shows(caller(), channel("PJSIP/101-2", "1.2", state=RINGING), queued=(in_queue(),))
    heard = HeardAsterisk()
    heard.joins()
    [by_event] = heard.dials("PJSIP/101", "1.2")
    assert story(unheard) == ["PJSIP/101 dialed", "PJSIP/101 ringing"]
    told = dialed(unheard)
    assert told.again
    assert isinstance(by_event, LegDialed)
    same = ("call_id", "leg_id", "endpoint", "caller", "caller_name", "called", "from_endpoint", "from_leg", "queue")
    assert {name: getattr(told, name) for name in same} == {name: getattr(by_event, name) for name in same}
    assert (told.caller, told.called, told.queue) == (CALLER, "600", "sales")


def test_events_that_come_late_of_a_leg_that_the_list_has_told_do_not_dial_it_again() -> None:
    asterisk = HeardAsterisk()
    asterisk.shows(caller(), channel("PJSIP/101-2", "1.2", state=RINGING))
    assert asterisk.dials("PJSIP/101", "1.2") == ()


def test_a_phone_that_is_up_in_no_bridge_is_not_answered_yet() -> None:
    unheard = HeardAsterisk().shows(caller(), channel("PJSIP/101-2", "1.2", state=UP))
    assert story(unheard) == ["PJSIP/101 dialed"]


def test_who_calls_and_what_is_no_phone_is_not_told() -> None:
    unheard = HeardAsterisk().shows(
        caller("AGI", "agi://127.0.0.1:4573/inbound"),
        channel("PJSIP/101-2", "2.1", call="2.1", bridge="b", Application="ConfBridge"),
        channel("Local/102@internal-0;1", "1.2", state=RINGING, **MEMBER),
        {"Channel": "PJSIP/103-1"},
    )
    assert unheard == ()


def test_a_phone_behind_a_local_channel_is_rung_by_who_waits_for_it() -> None:
    told = dialed(
        HeardAsterisk().shows(
            caller(),
            channel("Local/102@internal-0;1", "1.2", state=RINGING, **MEMBER),
            channel("Local/102@internal-0;2", "1.3", state="4", **LOCAL),
            channel("PJSIP/102-4", "1.4", state=RINGING, CallerIDNum="102", ConnectedLineNum=CALLER),
            queued=(in_queue(),),
        )
    )
    assert (told.endpoint, told.caller, told.queue) == ("PJSIP/102", CALLER, "sales")


def test_a_talk_over_a_local_channel_names_the_caller_as_the_phone_shows_them() -> None:
    told = dialed(
        HeardAsterisk().shows(
            caller("Dial", "Local/102@internal/n", bridge="b1"),
            channel("Local/102@internal-0;1", "1.2", bridge="b1"),
            channel("Local/102@internal-0;2", "1.3", bridge="b2", **LOCAL),
            channel("PJSIP/102-4", "1.4", bridge="b2", CallerIDNum="102", ConnectedLineNum=CALLER),
        )
    )
    assert (told.from_endpoint, told.from_leg, told.caller, told.called) == ("", None, CALLER, "102")


def test_an_agents_outgoing_call_names_the_agents_phone_and_whom_it_calls() -> None:
    dials = {"Application": "Dial", "ApplicationData": "PJSIP/0888123456@trunk,20", "Exten": "0888123456"}
    told = dialed(
        HeardAsterisk().shows(
            channel("PJSIP/101-1", CALL, bridge="b", CallerIDNum="101", **dials),
            channel("PJSIP/trunk-2", "1.2", bridge="b", CallerIDNum="0888123456"),
        )
    )
    assert (told.from_endpoint, told.endpoint, told.caller, told.called) == (
        "PJSIP/101",
        "PJSIP/trunk",
        "101",
        "0888123456",
    )


def test_an_agents_mobile_is_told_by_its_own_number_as_dial_names_it() -> None:
    asterisk = HeardAsterisk("PJSIP/{number}@trunk")
    rung = caller("Dial", "PJSIP/+359888300400@trunk,20,gm(default)")
    assert story(asterisk.shows(rung, channel("PJSIP/trunk-2", "1.2", state=RINGING))) == [
        "tel:+359888300400 dialed",
        "tel:+359888300400 ringing",
        "tel:+359888300400 is ringing",
    ]
    assert story(asterisk.shows(rung)) == ["tel:+359888300400 ended", "tel:+359888300400 is idle"]


def test_of_several_phones_rung_over_one_trunk_none_is_guessed() -> None:
    rung = caller("Dial", "PJSIP/+359888300400@trunk&PJSIP/+359888300500@trunk,20")
    told = dialed(HeardAsterisk("PJSIP/{number}@trunk").shows(rung, channel("PJSIP/trunk-2", "1.2", state=RINGING)))
    assert told.endpoint == "PJSIP/trunk"


def test_a_call_that_is_part_of_a_clouds_says_so() -> None:
    cloud = {"Application": "Dial", "ApplicationData": "PJSIP/101,600", "AccountCode": f"ringside-part-of:{CLOUDS}"}
    told = dialed(
        HeardAsterisk().shows(
            channel("PJSIP/cloud-1", CALL, state="4", **cloud), channel("PJSIP/101-2", "1.2", state=RINGING)
        )
    )
    assert told.part_of == CallId(CLOUDS)


def test_a_caller_who_waits_in_a_queue_is_known_to_wait_there_until_they_do_no_more() -> None:
    asterisk = HeardAsterisk()
    asterisk.shows(caller(), queued=({"Event": "QueueParams", "Queue": "sales"}, in_queue()))
    assert dialed(asterisk.dials("PJSIP/101", "1.2")).queue == "sales"
    asterisk.shows(caller("Dial", "PJSIP/102"))
    assert dialed(asterisk.dials("PJSIP/102", "1.3")).queue == ""


def test_who_was_answered_unheard_was_rung_by_the_queue_they_were_known_to_wait_in() -> None:
    asterisk = HeardAsterisk()
    asterisk.joins()
    told = dialed(asterisk.shows(caller(bridge="b"), channel("PJSIP/102-3", "1.3", bridge="b", **MEMBER)))
    assert told.queue == "sales"
