"""What the cloud asks is answered in time; what nobody we know has signed changes nothing."""

import asyncio
import hashlib
import io
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from multidict import MultiDict
from twilio.request_validator import RequestValidator
from yarl import URL

from telephony.calls.commands import Ask, Record, Ring, Say
from telephony.calls.events import Keys, NoInput, Said
from telephony.calls.model import AgentId, CallId
from telephony.carriers.twilio import door
from telephony.carriers.twilio.twiml import EMPTY
from tests.log_lines import actions, all_logged
from tests.unit.carriers.twilio.cloud import cloud
from tests.unit.carriers.twilio.house import ACCOUNT, CALL, LEG, PUBLIC, TOKEN, fields, prompts
from tests.waiting import until

HELLO = Say(prompts=prompts("hello"))
MENU = Ask(prompts=prompts("menu"))


async def test_a_call_is_offered_as_it_comes(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = {1: (HELLO,), 2: (MENU,)}
        assert "/twilio/media/hello.wav</Play>" in await twilio.sends("voice?flow=main", CallerName="Ann")
        assert "numDigits" in await twilio.sends("voice/next?turn=1")
        await twilio.sends("voice/next?turn=2", Digits="3")
        offered, _ = twilio.taker.offers[0]
        assert (offered.call_id, offered.leg_id, offered.flow) == (CALL, CALL, "main")
        assert (offered.caller, offered.caller_name, offered.called) == ("+359888100200", "Ann", "+35924000000")
        assert twilio.taker.answers == [Said(turn=1), Keys(turn=2, digits="3")]
        assert len(twilio.taker.offers) == 1


@pytest.mark.parametrize(("raw", "caller"), [("anonymous", ""), ("+266696687", ""), ("sip:+35970@host", "+35970")])
async def test_a_call_from_nobody_is_a_call(tmp_path: Path, raw: str, caller: str) -> None:
    async with cloud(tmp_path) as twilio:
        await twilio.sends("voice", From=raw)
        assert twilio.taker.offers[0][0].caller == caller


async def test_a_flow_that_is_no_name_is_none(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        await twilio.sends("voice?flow=..%2Fetc")
        assert twilio.taker.offers[0][0].flow == ""


async def test_a_journey_that_never_answers_leaves_the_caller_waiting_but_answered(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        assert "why=wait" in await twilio.sends("voice")
        assert "why=wait" in await twilio.sends("voice/next?turn=0&why=wait")


# --- who may tell us ---


@pytest.mark.parametrize("path", ["voice", "voice/next?turn=1", "status", "leg?call=x", "recording?name=x", "fallback"])
async def test_what_is_signed_by_nobody_we_know_changes_nothing(
    tmp_path: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with cloud(tmp_path) as twilio:
        await twilio.sends(path, key="last-years-token", status=403)
        async with await twilio.posts(path, "CallSid=x") as answer:
            assert answer.status == 403
        assert actions(caplog) == ["twilio_forged", "twilio_forged"]
        assert (twilio.taker.offers, twilio.taker.answers, twilio.taker.legs()) == ([], [], [])
        assert TOKEN not in all_logged(caplog)


async def test_a_signature_that_is_no_text_is_not_believed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with cloud(tmp_path) as twilio:
        url = URL(twilio.base)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(
            b"POST /twilio/voice HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"X-Twilio-Signature: \xff\xfe\r\nContent-Length: 9\r\nConnection: close\r\n\r\nCallSid=x"
        )
        assert (await reader.readline()).split()[1] == b"403"
        writer.close()
        assert actions(caplog) == ["twilio_forged"]
        assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_form_of_another_account_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with cloud(tmp_path) as twilio:
        await twilio.sends("voice", AccountSid="AC" + "b" * 32, status=403)
        assert actions(caplog) == ["twilio_forged_account"]
        assert twilio.taker.offers == []


async def test_the_signature_covers_the_public_address_and_not_the_host_we_are_asked_by(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        signature = RequestValidator(TOKEN).compute_signature(f"{twilio.base}/twilio/voice", MultiDict(fields()))
        async with await twilio.posts("voice", "CallSid=x", {"X-Twilio-Signature": signature}) as answer:
            assert answer.status == 403


async def test_a_shared_key_signs_by_sha_256(tmp_path: Path) -> None:
    async with cloud(tmp_path, shared_keys=(("k1", "shared-secret"),)) as twilio:
        signed = RequestValidator("shared-secret").compute_signature(
            f"{PUBLIC}/twilio/status", MultiDict(CallSid=CALL, AccountSid=ACCOUNT), "HMAC_SHA256"
        )
        headers = {
            "X-Twilio-Signature": signed,
            "X-Twilio-Webhooks-Signature-Settings": "key=k1,algorithm=HMAC_SHA256",
        }
        async with await twilio.posts("status", f"CallSid={CALL}&AccountSid={ACCOUNT}", headers) as answer:
            assert answer.status == 200


async def test_proxies_are_believed_only_where_they_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    forwarded = {"X-Forwarded-For": "6.6.6.6, 192.0.2.7"}
    for proxies, peer in (((), "127.0.0.1"), (("127.0.0.0/8",), "192.0.2.7")):
        caplog.clear()
        (tmp_path / peer).mkdir()
        async with cloud(tmp_path / peer, trusted_proxies=proxies) as twilio:
            (await twilio.posts("voice", "", forwarded)).close()
        assert [record.__dict__["peer"] for record in caplog.records if "peer" in record.__dict__] == [peer]


# --- bad input ---


async def test_a_body_of_ten_megabytes_is_not_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with cloud(tmp_path) as twilio:
        async with await twilio.posts("voice", io.BytesIO(b"a" * 10_000_000)) as answer:
            assert answer.status == 413
        assert actions(caplog) == ["twilio_long_body"]
        assert twilio.taker.offers == []


async def test_a_body_that_never_comes_to_its_end_is_not_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_READ_LIMIT_S", 0.1)
    gone = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"CallSid="
        await gone.wait()

    async with cloud(tmp_path) as twilio:
        async with await twilio.posts("voice", pieces()) as answer:
            assert answer.status == 408
        gone.set()
        assert actions(caplog) == ["twilio_late_body"]


async def test_a_body_of_ten_megabytes_that_does_not_say_so_is_not_read(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b"a" * 65_000

    async with cloud(tmp_path) as twilio, await twilio.posts("voice", pieces()) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join([b"a=1"] * 600)])
async def test_a_body_that_is_no_form_is_refused(tmp_path: Path, body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with cloud(tmp_path) as twilio, await twilio.posts("voice", body) as answer:
        assert answer.status == 400
    assert actions(caplog) == ["twilio_bad_form"]


async def test_json_is_refused_even_when_it_is_signed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with cloud(tmp_path) as twilio:
        body = "{}"
        path = f"voice?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
        signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/twilio/{path}", {})
        headers = {"Content-Type": "application/json", "X-Twilio-Signature": signature}
        async with await twilio.posts(path, body, headers) as answer:
            assert answer.status == 415
    assert actions(caplog) == ["twilio_bad_form"]


async def test_a_form_without_a_call_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with cloud(tmp_path) as twilio:
        await twilio.sends("voice", {"AccountSid": ACCOUNT}, status=400)
        assert actions(caplog) == ["twilio_bad_form"]


@pytest.mark.parametrize("path", ["voice", "voice/next", "status", "leg", "recording", "fallback"])
async def test_webhooks_are_only_posted(tmp_path: Path, path: str) -> None:
    async with cloud(tmp_path) as twilio, twilio.http.get(f"{twilio.base}/twilio/{path}") as answer:
        assert answer.status == 405


@pytest.mark.parametrize("digits", ["1" * 1000, "12a"])
async def test_digits_that_are_no_keys_are_no_input_and_are_logged(
    tmp_path: Path, digits: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = {1: (MENU,), 2: (HELLO,)}
        await twilio.sends("voice")
        await twilio.sends("voice/next?turn=1", Digits=digits)
        assert twilio.taker.answers == [NoInput(turn=1)]
        assert actions(caplog) == ["twilio_digits_dropped"]
        assert digits not in all_logged(caplog)


@pytest.mark.parametrize("turn", ["", "x", "-1", "9" * 30, "1e3"])
async def test_a_turn_that_is_no_number_gets_the_present_document(tmp_path: Path, turn: str) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = {1: (HELLO,)}
        first = await twilio.sends("voice")
        assert await twilio.sends(f"voice/next?turn={turn}") == first
        assert twilio.taker.answers == []


# --- the end ---


async def test_the_status_ends_a_call_once(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = {1: (HELLO,)}
        await twilio.sends("voice")
        for status in ("in-progress", "completed", "completed", "ringing"):
            assert await twilio.sends("status", CallStatus=status, SequenceNumber="1") == EMPTY
        assert twilio.taker.names() == ["LineLost"]
        assert twilio.taker.legs() == ["CallFinished"]
        assert twilio.carrier.health.live_lines == 0


async def test_a_webhook_of_a_call_that_is_over_is_harmless(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with cloud(tmp_path) as twilio:
        await twilio.sends("voice")
        await twilio.sends("status", CallStatus="completed")
        for path in ("voice", "voice/next?turn=3", f"leg?call={CALL}&ring=1-a1b2&endpoint=tel:1", "status"):
            assert await twilio.sends(path) == EMPTY
        assert len(twilio.taker.offers) == 1
        assert actions(caplog) == [*["twilio_call_over"] * 2, *["twilio_unknown_call"] * 2]


async def test_news_of_a_call_nobody_knows_are_harmless(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with cloud(tmp_path) as twilio:
        await twilio.sends("status", CallStatus="completed")
        assert actions(caplog) == ["twilio_unknown_call"]
        assert await twilio.sends("voice", CallStatus="ringing") == EMPTY
        assert await twilio.sends("voice", CallStatus="completed", CallSid=LEG) == EMPTY
        assert twilio.taker.offers == []


async def test_who_hangs_up_while_we_think_is_answered_at_once(tmp_path: Path) -> None:
    async with cloud(tmp_path, answer_limit_s=30.0) as twilio:
        asked = asyncio.create_task(twilio.sends("voice"))
        await until(lambda: twilio.taker.offers)
        await twilio.sends("status", CallStatus="completed")
        assert await asked == EMPTY


async def test_a_caller_we_forgot_by_a_restart_is_offered_again(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = {1: (HELLO,), 2: (MENU,)}
        assert "hello" in await twilio.sends("voice/next?turn=7", Digits="1")
        assert "hello" in await twilio.sends("voice/next?turn=7", Digits="1")
        assert len(twilio.taker.offers) == 1
        assert "menu" in await twilio.sends("voice/next?turn=1")
        assert twilio.taker.answers == [Said(turn=1)]


# --- phones, recordings, fallback ---


async def test_an_agents_phone_is_followed(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = {1: (Ring(agent=AgentId("maria"), endpoint="client:maria"),)}
        await twilio.sends("voice")
        for status in ("initiated", "ringing", "in-progress", "ringing"):
            path = f"leg?call={CALL}&ring=1-a1b2&endpoint=client%3Amaria"
            await twilio.sends(path, CallSid=LEG, ParentCallSid=CALL, CallStatus=status)
        assert twilio.taker.legs() == ["LegDialed", "LegRinging", "LegAnswered"]
        dialed = twilio.taker.dialed()
        assert (dialed.endpoint, dialed.call_id, dialed.leg_id) == ("client:maria", CallId(CALL), LEG)


async def test_what_a_document_records_is_expected_of_the_call_that_was_given_it(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = {1: (HELLO,), 2: (Record(name="CA1-7"),)}
        await twilio.sends("voice")
        assert twilio.recordings.expected == []
        assert "<Record" in await twilio.sends("voice/next?turn=1")
        assert twilio.recordings.expected == [("calls/2026/03/02/CA1-7", CALL, CALL)]


async def test_a_recording_that_is_ready_is_fetched(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with cloud(tmp_path) as twilio:
        sid, url = "RE" + "3" * 32, "https://api.example.com/RE3"
        path = f"recording?call={CALL}&name=calls/2026/03/02/CA1-7"
        await twilio.sends(path, RecordingSid=sid, RecordingUrl=url, RecordingStatus="completed")
        assert twilio.recordings.owed == [("calls/2026/03/02/CA1-7", sid)]
        assert twilio.recordings.whose == [CALL]
        await twilio.sends(path, RecordingSid=sid, RecordingUrl=url, RecordingStatus="absent")
        await twilio.sends(path, RecordingStatus="completed")
        await twilio.sends("recording", RecordingSid=sid, RecordingStatus="completed")
        assert len(twilio.recordings.owed) == 1
        assert actions(caplog) == ["twilio_recording"] * 3


async def test_who_could_not_reach_us_goes_on_where_they_were(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with cloud(tmp_path, fallback_number="+35924000009") as twilio:
        twilio.taker.script = {1: (HELLO,)}
        first = await twilio.sends("voice")
        assert await twilio.sends("fallback", ErrorCode="11200", ErrorUrl=f"{PUBLIC}/twilio/voice") == first
        assert "<Dial" in await twilio.sends("fallback", ErrorCode="11200", ErrorUrl=f"{PUBLIC}/twilio/voice")
        assert twilio.taker.names() == ["LineLost"]
        assert actions(caplog) == ["twilio_fallback"] * 2


async def test_a_new_caller_whom_we_missed_is_offered_by_the_fallback(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = {1: (HELLO,)}
        assert "hello" in await twilio.sends("fallback?flow=main", ErrorCode="11205")
        assert twilio.taker.offers[0][0].flow == "main"


@pytest.mark.parametrize("url", ["https://[", f"{PUBLIC}/twilio/leg?endpoint=tel:%2B359888300400"])
async def test_what_failed_is_logged_without_anybodys_number(
    tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with cloud(tmp_path) as twilio:
        await twilio.sends("fallback", ErrorCode="12100", ErrorUrl=url)
        assert [record.__dict__["path"] for record in caplog.records if "path" in record.__dict__] in (
            [""],
            ["/twilio/leg"],
        )


async def test_an_answer_the_cloud_cannot_read_hands_the_caller_over(tmp_path: Path) -> None:
    async with cloud(tmp_path, fallback_number="+35924000009") as twilio:
        twilio.taker.script = {1: (HELLO,)}
        await twilio.sends("voice")
        assert "+35924000009" in await twilio.sends("fallback", ErrorCode="12100")
        assert twilio.taker.names() == ["LineLost"]
        assert "+35924000009" in await twilio.sends("fallback", ErrorCode="12100", CallSid=LEG)
