"""Dialling: other phones ring, answer, refuse, and the caller is told what came of it."""

from tests.fakes.twilio import Caller, FakeTwilio, FarPhone
from tests.unit.fakes.customer import CALLER, NUMBER, Customer

AGENT = "sip:101@pbx.example.com"
EVENTS = "statusCallbackEvent='initiated ringing answered completed'"


def dial_agent(customer: Customer, attributes: str = "", noun: str = "") -> None:
    noun = noun or f"<Sip statusCallback='/leg' {EVENTS}>{AGENT};transport=tls?X-Ringside-Call=CA1</Sip>"
    customer.documents |= {
        "/voice": f"<Dial action='/dialled' answerOnBridge='true' timeout='20' {attributes}>{noun}</Dial>",
        "/dialled": "<Hangup/>",
        "/leg": "",
    }


async def test_an_answered_leg_is_told_step_by_step_and_summed_up(twilio: FakeTwilio, customer: Customer) -> None:
    dial_agent(customer)
    twilio.phones[AGENT] = FarPhone(talks_s=10)
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    (leg,) = caller.legs
    assert leg.sip_headers == {"X-Ringside-Call": "CA1"}
    told = await twilio.told(leg.sid, number=4)
    assert [one.fields["CallStatus"] for one in told] == ["initiated", "ringing", "in-progress", "completed"]
    assert [one.fields["SequenceNumber"] for one in told] == ["0", "1", "2", "3"]
    assert {one.fields["ParentCallSid"] for one in told} == {caller.sid}
    assert {one.fields["Direction"] for one in told} == {"outbound-dial"}
    done = customer.fields("/dialled")[0]
    assert (done["DialCallStatus"], done["DialBridged"], done["DialCallSid"]) == ("completed", "true", leg.sid)
    assert int(done["DialCallDuration"]) >= 10
    assert not twilio.faults


async def test_with_answer_on_bridge_the_caller_is_answered_when_the_agent_is(
    twilio: FakeTwilio, customer: Customer
) -> None:
    dial_agent(customer)
    twilio.phones[AGENT] = FarPhone(answers_after_s=None)
    caller = await twilio.incoming(to=NUMBER)
    await twilio.called(AGENT)
    assert caller.status == "ringing"
    caller.hangs_up()
    await caller.until_over()
    twilio.phones[AGENT] = FarPhone(talks_s=None)
    caller = await twilio.incoming(to=NUMBER)
    await caller.hears(AGENT)
    assert caller.status == "in-progress"
    assert [one.kind for one in caller.heard] == ["ringing", "talk"]


async def test_each_way_not_to_be_answered_has_its_status(twilio: FakeTwilio, customer: Customer) -> None:
    dial_agent(customer)
    ways = {
        "busy": FarPhone(busy=True),
        "no-answer": FarPhone(answers_after_s=None),
        "failed": FarPhone(unreachable=True),
    }
    for status, phone in ways.items():
        twilio.phones[AGENT] = phone
        caller = await twilio.incoming(to=NUMBER)
        await caller.until_over()
        done = customer.fields("/dialled")[-1]
        assert (done["DialCallStatus"], done["DialBridged"]) == (status, "false")
        assert caller.legs[0].status == status
    twilio.phones[AGENT] = FarPhone(fails_after_ringing=True)
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    assert customer.fields("/dialled")[-1]["DialCallStatus"] == "failed"
    told = await twilio.told(caller.legs[0].sid, number=3)
    assert [one.fields["CallStatus"] for one in told] == ["initiated", "ringing", "failed"]


async def test_who_answers_first_has_the_caller_and_the_others_stop_ringing(
    twilio: FakeTwilio, customer: Customer
) -> None:
    dial_agent(customer, noun=f"<Sip>{AGENT}</Sip><Client>maria</Client><Number>+359888000111</Number>")
    twilio.phones |= {
        AGENT: FarPhone(answers_after_s=8),
        "client:maria": FarPhone(answers_after_s=1, talks_s=3),
        "+359888000111": FarPhone(answers_after_s=9),
    }
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    ends = {leg.to: leg.status for leg in caller.legs}
    assert ends == {AGENT: "no-answer", "client:maria": "completed", "+359888000111": "no-answer"}


async def test_without_an_action_the_document_goes_on(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Dial>+359888000111</Dial><Say>nobody there</Say>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    assert caller.sounds == ["nobody there"]


async def test_a_caller_who_hangs_up_takes_the_leg_along(twilio: FakeTwilio, customer: Customer) -> None:
    dial_agent(customer)
    twilio.phones[AGENT] = FarPhone(answers_after_s=None)
    caller = await twilio.incoming(to=NUMBER)
    leg = await twilio.called(AGENT)
    caller.hangs_up()
    await leg.until_over()
    assert leg.status == "no-answer"
    await twilio.until(lambda: bool(customer.fields("/dialled")), "the action")
    assert customer.fields("/dialled")[0]["DialCallStatus"] == "no-answer"


async def test_a_recorded_talk_is_told_with_two_channels(twilio: FakeTwilio, customer: Customer) -> None:
    dial_agent(customer, "record='record-from-answer-dual' recordingStatusCallback='/recorded'")
    customer.documents["/recorded"] = ""
    twilio.phones[AGENT] = FarPhone(talks_s=5)
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    await twilio.until(lambda: bool(customer.fields("/recorded")), "the recording")
    told = customer.fields("/recorded")[0]
    assert (told["RecordingChannels"], told["RecordingSource"], told["CallSid"]) == ("2", "DialVerb", caller.sid)
    assert customer.fields("/dialled")[0]["RecordingSid"] == told["RecordingSid"]


async def test_a_noun_with_a_document_is_joined_after_it(twilio: FakeTwilio, customer: Customer) -> None:
    dial_agent(customer, noun=f"<Sip url='/whisper'>{AGENT}</Sip>")
    customer.documents["/whisper"] = "<Say>a customer for you</Say>"
    twilio.phones[AGENT] = FarPhone(talks_s=8)
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    agent: Caller = twilio.caller(caller.legs[0].sid)
    assert agent.sounds == ["a customer for you"]
    assert customer.fields("/whisper")[0]["ParentCallSid"] == caller.sid
    assert customer.fields("/dialled")[0]["DialBridged"] == "true"


async def test_a_noun_whose_document_hangs_up_is_not_joined(twilio: FakeTwilio, customer: Customer) -> None:
    dial_agent(customer, noun=f"<Sip url='/whisper'>{AGENT}</Sip>")
    customer.documents["/whisper"] = "<Hangup/>"
    twilio.phones[AGENT] = FarPhone()
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    assert customer.fields("/dialled")[0]["DialBridged"] == "false"


async def test_a_star_ends_the_talk_where_it_may(twilio: FakeTwilio, customer: Customer) -> None:
    dial_agent(customer, "hangupOnStar='true'")
    customer.documents["/dialled"] = "<Say>back again</Say>"
    twilio.phones[AGENT] = FarPhone(talks_s=None)
    caller = await twilio.incoming(to=NUMBER)
    leg = await twilio.called(AGENT)
    await leg.until(lambda: leg.status == "in-progress")
    await caller.presses("*")
    await caller.until_over()
    assert caller.sounds == ["back again"]


async def test_a_caller_id_that_is_not_ours_rings_nobody(twilio: FakeTwilio, customer: Customer) -> None:
    dial_agent(customer, "callerId='+359888999999'")
    twilio.phones[AGENT] = FarPhone()
    caller = await twilio.incoming(to=NUMBER, from_=CALLER)
    await caller.until_over()
    assert [fault.code for fault in twilio.faults] == [13214]
    assert not caller.legs
    assert customer.fields("/dialled")[0]["DialCallStatus"] == "failed"


async def test_a_conference_ends_with_the_one_who_may_end_it(twilio: FakeTwilio, customer: Customer) -> None:
    room = "<Conference endConferenceOnExit='{}'>room</Conference>"
    customer.documents["/voice"] = f"<Dial>{room.format('false')}</Dial><Say>it is over</Say>"
    waiting = await twilio.incoming(to=NUMBER)
    await waiting.until(lambda: waiting.call.doing == "Dial")
    customer.documents["/voice"] = f"<Dial>{room.format('true')}</Dial>"
    chair = await twilio.incoming(to=NUMBER)
    await chair.until(lambda: chair.call.doing == "Dial")
    chair.hangs_up()
    await waiting.until_over()
    assert waiting.sounds == ["it is over"]


async def test_status_callbacks_can_overtake_each_other(twilio: FakeTwilio, customer: Customer) -> None:
    dial_agent(customer)
    twilio.phones[AGENT] = FarPhone(talks_s=3)
    twilio.callbacks.swapped("ringing")
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    told = await twilio.told(caller.legs[0].sid, number=4)
    assert [one.fields["SequenceNumber"] for one in told] == ["0", "2", "1", "3"]


async def test_a_late_callback_comes_after_the_end(twilio: FakeTwilio, customer: Customer) -> None:
    dial_agent(customer)
    twilio.phones[AGENT] = FarPhone(talks_s=1)
    twilio.callbacks.late("answered", 20.0)
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    told = await twilio.told(caller.legs[0].sid, number=4)
    assert [one.fields["CallStatus"] for one in told][-1] == "in-progress"


async def test_a_leg_can_be_moved_away_and_its_caller_goes_on(twilio: FakeTwilio, customer: Customer) -> None:
    dial_agent(customer)
    customer.documents |= {"/dialled": "<Say>all alone</Say>", "/elsewhere": "<Say>welcome</Say>"}
    twilio.phones[AGENT] = FarPhone(talks_s=None)
    caller = await twilio.incoming(to=NUMBER)
    agent = await twilio.called(AGENT)
    await caller.hears(AGENT)
    agent.is_moved_to(f"{customer.url}/elsewhere")
    await caller.until_over()
    await agent.until_over()
    assert (caller.sounds, agent.sounds) == (["all alone"], ["welcome"])
    assert customer.fields("/dialled")[0]["DialCallStatus"] == "completed"
