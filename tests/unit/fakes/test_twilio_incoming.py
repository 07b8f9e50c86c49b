"""Calls that come in: the fake executes documents as a phone would."""

import asyncio
import time

from aiohttp import web
from twilio.request_validator import (  # type: ignore[import-untyped]
    RequestValidator,
    get_signature_algorithm,
)

from tests.fakes.twilio import FakeTwilio, SharedKey
from tests.unit.fakes.customer import CALLER, NUMBER, Customer, xml


async def test_the_first_request_carries_the_call_and_is_signed_by_the_token(
    twilio: FakeTwilio, customer: Customer
) -> None:
    customer.documents["/voice"] = "<Hangup/>"
    caller = await twilio.incoming(to=NUMBER, from_=CALLER, caller_name="IVAN")
    await caller.until_over()
    _, fields, headers = customer.asked[0]
    assert fields["CallSid"] == caller.sid
    assert fields["AccountSid"] == twilio.account_sid
    assert (fields["From"], fields["To"], fields["CallerName"]) == (CALLER, NUMBER, "IVAN")
    assert (fields["CallStatus"], fields["Direction"], fields["ApiVersion"]) == ("ringing", "inbound", "2010-04-01")
    validator = RequestValidator(twilio.auth_token)
    assert validator.validate(f"{customer.url}/voice", fields, headers["X-Twilio-Signature"])


async def test_a_shared_key_signs_by_sha_256(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Hangup/>"
    twilio.signs_with(SharedKey(id="webhooks_sharedkey_1", secret="sh"))
    await (await twilio.incoming(to=NUMBER)).until_over()
    _, fields, headers = customer.asked[0]
    settings = headers["X-Twilio-Webhooks-Signature-Settings"]
    assert settings == "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    algorithm = get_signature_algorithm(settings)
    signed = headers["X-Twilio-Signature"]
    assert RequestValidator("sh").validate(f"{customer.url}/voice", fields, signed, algorithm)
    assert not RequestValidator("sh").validate(f"{customer.url}/voice", fields, signed)


async def test_the_signature_is_over_the_public_url(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Hangup/>"
    twilio.owns(NUMBER, "https://ringside.example/voice?flow=a%20b")
    twilio.resolves("https://ringside.example", customer.url)
    await (await twilio.incoming(to=NUMBER)).until_over()
    _, fields, headers = customer.asked[0]
    public = "https://ringside.example/voice?flow=a%20b"
    assert RequestValidator(twilio.auth_token).validate(public, fields, headers["X-Twilio-Signature"])


async def test_a_caller_without_a_number_has_no_from(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Hangup/>"
    await (await twilio.incoming(to=NUMBER, from_=None)).until_over()
    assert "From" not in customer.asked[0][1]


async def test_sounds_are_heard_one_after_the_other_at_their_length(twilio: FakeTwilio, customer: Customer) -> None:
    customer.sounds_s = 3.0
    customer.documents["/voice"] = "<Play>a.wav</Play><Say language='bg-BG'>two words</Say><Play>/b.wav</Play>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    assert caller.sounds == [f"{customer.url}/a.wav", "two words", f"{customer.url}/b.wav"]
    played = caller.heard[0]
    assert played.until_s is not None
    assert 3.0 <= played.until_s - played.at_s < 4.0
    assert not any(one.interrupted for one in caller.heard)
    assert caller.heard[1].language == "bg-BG"
    assert caller.status == "completed"
    assert not twilio.faults


async def test_a_key_stops_the_prompt_and_the_digits_go_to_the_action(twilio: FakeTwilio, customer: Customer) -> None:
    customer.sounds_s = 60.0
    customer.documents["/voice"] = "<Gather numDigits='2' action='/keys?n=1'><Play>/menu.wav</Play></Gather>"
    customer.documents["/keys"] = "<Hangup/>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.hears("menu.wav")
    await caller.answers("12")
    await caller.until_over()
    assert caller.heard[0].interrupted
    fields = customer.fields("/keys")[0]
    assert (fields["Digits"], fields["FinishedOnKey"], fields["CallStatus"]) == ("12", "", "in-progress")


async def test_the_finishing_key_is_not_among_the_digits(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Gather action='/keys'/>"
    customer.documents["/keys"] = "<Hangup/>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.answers("12*#")
    await caller.until_over()
    assert customer.fields("/keys")[0]["Digits"] == "12*"
    assert customer.fields("/keys")[0]["FinishedOnKey"] == "#"


async def test_an_empty_finish_on_key_lets_every_key_be_a_digit(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Gather action='/keys' finishOnKey='' numDigits='1'/>"
    customer.documents["/keys"] = "<Hangup/>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.answers("#")
    await caller.until_over()
    assert customer.fields("/keys")[0]["Digits"] == "#"


async def test_silence_falls_through_to_the_next_verb(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Gather action='/keys' timeout='1'/><Say>nothing</Say>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    assert caller.sounds == ["nothing"]
    assert not customer.fields("/keys")


async def test_silence_asks_the_action_when_empty_results_do(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Gather action='/keys' timeout='2' actionOnEmptyResult='true'/>"
    customer.documents["/keys"] = "<Hangup/>"
    caller = await twilio.incoming(to=NUMBER)
    began_s = twilio.pace.seconds()
    await caller.until_over()
    assert customer.fields("/keys")[0]["Digits"] == ""
    assert twilio.pace.seconds() - began_s >= 2.0


async def test_a_gather_without_an_action_asks_its_own_document_again(twilio: FakeTwilio, customer: Customer) -> None:
    async def voice(request: web.Request, fields: dict[str, str]) -> web.Response:
        return xml("<Hangup/>" if "Digits" in fields else "<Gather numDigits='1'/>")

    customer.documents["/voice"] = voice
    caller = await twilio.incoming(to=NUMBER)
    await caller.answers("7")
    await caller.until_over()
    assert customer.fields("/voice")[1]["Digits"] == "7"


async def test_keys_outside_a_gather_are_lost(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Play>/a.wav</Play><Gather timeout='1' action='/keys'/>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.hears("a.wav")
    await caller.presses("5")
    await caller.until_over()
    assert caller.lost_keys == "5"
    assert not customer.fields("/keys")


async def test_a_key_that_was_in_time_is_heard_after_any_standstill(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Gather input='dtmf' numDigits='1' timeout='2' action='/keys'/>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.is_asked()

    async def press() -> None:
        await twilio.pace.sleep(1)
        await caller.presses("1")

    pressing = asyncio.create_task(press())
    await asyncio.sleep(0)
    time.sleep(3 * twilio.pace.scale)  # the whole process stands still
    await pressing
    await caller.until_over()
    assert customer.fields("/keys")[0]["Digits"] == "1"


async def test_a_first_pause_is_not_yet_an_answer_and_a_redirect_goes_on(
    twilio: FakeTwilio, customer: Customer
) -> None:
    customer.documents["/voice"] = "<Redirect>/next?turn=1&amp;why=wait</Redirect>"
    customer.documents["/next"] = "<Reject reason='busy'/>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    assert caller.status == "busy"
    assert customer.fields("/next")[0]["CallStatus"] == "ringing"
    told = await twilio.told(caller.sid)
    assert (told[0].fields["CallStatus"], told[0].fields["CallDuration"]) == ("busy", "0")


async def test_a_recording_goes_to_the_action_and_is_told_of_when_it_is_ready(
    twilio: FakeTwilio, customer: Customer
) -> None:
    customer.documents |= {
        "/voice": "<Record action='/done' timeout='2' finishOnKey='#' recordingStatusCallback='/recorded?n=1'/>",
        "/done": "<Hangup/>",
        "/recorded": "",
    }
    caller = await twilio.incoming(to=NUMBER)
    await caller.speaks(4)
    await caller.until_over()
    recording = await twilio.recorded()
    done = customer.fields("/done")[0]
    assert done["RecordingSid"] == recording.sid
    assert done["RecordingUrl"] == f"{twilio.url}{recording.path}"
    assert 4 <= int(done["RecordingDuration"]) <= 5
    await twilio.until(lambda: bool(customer.fields("/recorded")), "the recording's callback")
    told = customer.fields("/recorded")[0]
    assert (told["RecordingStatus"], told["RecordingSource"]) == ("completed", "RecordVerb")


async def test_a_key_that_ends_a_message_is_heard_after_any_standstill(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents |= {"/voice": "<Record action='/done' timeout='1' finishOnKey='#'/>", "/done": "<Hangup/>"}
    caller = await twilio.incoming(to=NUMBER)

    async def leave_a_message() -> None:
        await caller.speaks(4)
        await caller.presses("#")

    message = asyncio.create_task(leave_a_message())
    await caller.until(lambda: caller.call.speech_until_s is not None, "speech")
    time.sleep(10 * twilio.pace.scale)  # the whole process stands still
    await message
    await caller.until_over()
    assert customer.fields("/done")[0]["Digits"] == "#"
    assert caller.lost_keys == ""


async def test_a_record_that_hears_nothing_falls_through(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Record action='/done' timeout='1'/><Redirect>/next?why=silence</Redirect>"
    customer.documents["/next"] = "<Hangup/>"
    await (await twilio.incoming(to=NUMBER)).until_over()
    assert not customer.fields("/done")
    assert len(customer.fields("/next")) == 1


async def test_hanging_up_into_a_recording_tells_hangup(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Record action='/done' timeout='5'/>"
    customer.documents["/done"] = "<Say>nobody hears this</Say>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.speaks(2)
    caller.hangs_up()
    await twilio.until(lambda: bool(customer.fields("/done")), "the action")
    done = customer.fields("/done")[0]
    assert (done["Digits"], done["CallStatus"]) == ("hangup", "completed")
    assert caller.sounds == []


async def test_a_hang_up_ends_the_call_and_is_told(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Play loop='0'>/music.wav</Play>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.hears("music")
    caller.hangs_up()
    told = await twilio.told(caller.sid)
    fields = told[0].fields
    assert (fields["CallStatus"], fields["SequenceNumber"]) == ("completed", "0")
    assert fields["CallbackSource"] == "call-progress-events"
    assert int(fields["CallDuration"]) >= 1
    assert "Timestamp" in fields
    assert caller.heard[-1].interrupted


async def test_a_failing_webhook_turns_to_the_fallback_with_the_reason(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/fallback"] = "<Say>sorry</Say>"
    twilio.owns(NUMBER, f"{customer.url}/voice", fallback_url=f"{customer.url}/fallback")
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    fields = customer.fields("/fallback")[0]
    assert (fields["ErrorCode"], fields["ErrorUrl"]) == ("11200", f"{customer.url}/voice")
    assert caller.sounds == ["sorry"]
    assert [fault.code for fault in twilio.faults] == [11200]


async def test_without_a_fallback_the_caller_hears_an_apology(twilio: FakeTwilio, customer: Customer) -> None:
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    assert "application error" in caller.sounds[0]
    assert caller.call.application_error == 11200


async def test_what_is_no_twiml_fails_by_its_own_number(twilio: FakeTwilio, customer: Customer) -> None:
    async def plain(request: web.Request, fields: dict[str, str]) -> web.Response:
        return web.Response(text="<Response/>", content_type="application/json")

    async def broken(request: web.Request, fields: dict[str, str]) -> web.Response:
        return web.Response(text="<Response><Redirect>/a?b=1&c=2</Redirect></Response>", content_type="text/xml")

    for document, code in ((plain, 12300), (broken, 12100)):
        customer.documents["/voice"] = document
        caller = await twilio.incoming(to=NUMBER)
        await caller.until_over()
        assert caller.call.application_error == code


async def test_a_webhook_that_is_too_slow_is_given_up(twilio: FakeTwilio, customer: Customer) -> None:
    async def slow(request: web.Request, fields: dict[str, str]) -> web.Response:
        await customer.closing.wait()
        return xml("<Hangup/>")

    customer.documents |= {"/voice": slow, "/fallback": "<Hangup/>"}
    twilio.pace.real_webhook_limit_s = 0.05
    twilio.owns(NUMBER, f"{customer.url}/voice", fallback_url=f"{customer.url}/fallback")
    await (await twilio.incoming(to=NUMBER)).until_over()
    assert customer.fields("/fallback")[0]["ErrorCode"] == "11200"


async def test_a_server_that_is_gone_is_tried_twice_and_then_the_fallback(
    twilio: FakeTwilio, customer: Customer
) -> None:
    customer.documents["/fallback"] = "<Hangup/>"
    twilio.owns(NUMBER, "http://127.0.0.1:9/voice", fallback_url=f"{customer.url}/fallback")
    await (await twilio.incoming(to=NUMBER)).until_over()
    assert customer.fields("/fallback")[0]["ErrorCode"] == "11205"


async def test_a_sound_that_is_none_is_the_customers_failure(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents |= {"/voice": "<Play>/a.wav</Play>", "/a.wav": "", "/fallback": "<Hangup/>"}
    twilio.owns(NUMBER, f"{customer.url}/voice", fallback_url=f"{customer.url}/fallback")
    await (await twilio.incoming(to=NUMBER)).until_over()
    assert customer.fields("/fallback")[0]["ErrorCode"] == "12300"


async def test_verbs_and_values_that_do_not_exist_are_noted(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Gather timeout='1.5' numdigits='1'/><Sing/><Play>/a.wav</Play>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    assert len(twilio.faults) == 3
    assert {fault.code for fault in twilio.faults} == {12200}
    assert caller.sounds == [f"{customer.url}/a.wav"]


async def test_a_request_can_be_repeated_as_it_was(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Hangup/>"
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    again = await twilio.repeats(caller.requests[0])
    assert again.status == 200
    first, second = (entry for entry in customer.asked if entry[0] == "/voice")
    assert first[1] == second[1]
    assert first[2]["X-Twilio-Signature"] == second[2]["X-Twilio-Signature"]


async def test_callbacks_come_late_twice_or_not_at_all(twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Hangup/>"
    twilio.callbacks.twice("completed", times=1)
    twilio.callbacks.lost("completed", times=1)
    first = await twilio.incoming(to=NUMBER)
    assert len(await twilio.told(first.sid, number=2)) == 2
    second = await twilio.incoming(to=NUMBER)
    await second.until_over()
    third = await twilio.incoming(to=NUMBER)
    await twilio.told(third.sid)
    assert not twilio.callbacks_of(second.sid)


async def test_requests_by_hand_are_signed_unless_the_test_wants_otherwise(
    twilio: FakeTwilio, customer: Customer
) -> None:
    customer.documents |= {"/status": "", "/json": ""}
    url = f"{customer.url}/status"
    await twilio.posts(url, {"CallSid": "CA1"})
    await twilio.posts(url, {"CallSid": "CA1"}, headers={"X-Twilio-Signature": "forged"})
    validator = RequestValidator(twilio.auth_token)
    signed, forged = (headers["X-Twilio-Signature"] for _, _, headers in customer.asked)
    assert validator.validate(url, {"CallSid": "CA1"}, signed)
    assert forged == "forged"
    sent = await twilio.posts_json(f"{customer.url}/json", b'{"a": 1}')
    assert validator.validate(sent.url, '{"a": 1}', sent.headers["X-Twilio-Signature"])


async def test_leaving_the_fake_ends_calls_that_are_under_way(customer: Customer) -> None:
    customer.documents["/voice"] = "<Gather timeout='600'/>"
    async with FakeTwilio() as twilio:
        twilio.owns(NUMBER, f"{customer.url}/voice")
        caller = await twilio.incoming(to=NUMBER)
        await caller.is_asked()
    assert not caller.over.is_set()
