"""What is asked of the provider, and what its good answers come to."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from telephony.carriers.twilio.rest_answers import CallStatus
from tests.unit.carriers.twilio.bad_provider import ACCOUNT, CALL, RECORDING, call, calls, says, sends
from tests.unit.carriers.twilio.rest_house import NOW, PLACEMENT, at

pytestmark = pytest.mark.usefixtures("no_proxy")


async def test_a_call_is_placed_with_every_callback_as_a_field_of_its_own() -> None:
    async with at(says(call(), 201)) as (rest, provider):
        assert await rest.place(replace(PLACEMENT, fallback_url="https://f.example.com/", detect_machine=True)) == CALL
    (asked,) = provider.asked
    assert (asked.method, asked.path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json")
    assert asked.authorised
    assert sorted(asked.form) == [
        ("FallbackMethod", "POST"),
        ("FallbackUrl", "https://f.example.com/"),
        ("From", "+35929000000"),
        ("MachineDetection", "Enable"),
        ("Method", "POST"),
        ("StatusCallback", "https://pbx.example.com/twilio/status"),
        ("StatusCallbackEvent", "answered"),
        ("StatusCallbackEvent", "completed"),
        ("StatusCallbackEvent", "initiated"),
        ("StatusCallbackEvent", "ringing"),
        ("StatusCallbackMethod", "POST"),
        ("Timeout", "30"),
        ("To", "+359888100200"),
        ("Url", "https://pbx.example.com/twilio/voice?attempt=7"),
    ]


async def test_a_live_call_is_sent_elsewhere_and_ended() -> None:
    async with at(says(call())) as (rest, provider):
        await rest.redirect(CALL, "https://pbx.example.com/twilio/voice/next?turn=3&why=woken")
        await rest.hang_up(CALL)
    assert [dict(asked.form) for asked in provider.asked] == [
        {"Url": "https://pbx.example.com/twilio/voice/next?turn=3&why=woken", "Method": "POST"},
        {"Status": "completed"},
    ]


async def test_a_call_that_has_ended_is_told_with_its_price() -> None:
    ended = call(
        status="completed",
        duration="15",
        price="-0.0085",
        start_time="Mon, 02 Mar 2026 09:59:00 +0000",
        end_time="Mon, 02 Mar 2026 10:00:30 +0000",
        answered_by="human",
    )
    async with at(says(ended)) as (rest, _):
        state = await rest.status_of(CALL)
    assert (state.status, state.duration_s, state.price, state.currency) == ("completed", 15, Decimal("-0.0085"), "USD")
    assert state.answered_at == NOW + timedelta(seconds=15)
    assert state.ended_at == NOW + timedelta(seconds=30)
    assert (state.answered_by, state.status.is_over) == ("human", True)


async def test_a_ringing_call_has_neither_answer_nor_price() -> None:
    ringing = call(status="ringing", start_time="Mon, 02 Mar 2026 10:00:00 +0000")
    async with at(says(ringing)) as (rest, _):
        state = await rest.status_of(CALL)
    assert (state.answered_at, state.ended_at, state.duration_s, state.price) == (None, None, None, None)


async def test_calls_are_found_page_by_page_and_exactly_by_when_they_were_made() -> None:
    early = call(sid="CA" + "3" * 32, status="completed", date_created="Mon, 02 Mar 2026 09:00:00 +0000")
    next_page = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json?Page=1&PageToken=PAx"
    async with at(says(calls()), says(calls(early, next_page=next_page)), says(calls(call()))) as (rest, provider):
        found = await rest.find_placed("+359888100200", "+35929000000", NOW - timedelta(minutes=1), NOW)
    assert [(one.sid, one.status, one.created_at) for one in found] == [(CALL, CallStatus.QUEUED, NOW)]
    waiting, dialled, page_2 = provider.asked
    assert waiting.query["Status"] == "queued"
    assert dialled.query["StartTime>"] == "2026-03-01T00:00:00Z"
    assert (dialled.query["To"], dialled.query["From"]) == ("+359888100200", "+35929000000")
    assert page_2.query == {"Page": "1", "PageToken": "PAx"}


async def test_live_calls_are_those_that_wait_ring_and_talk() -> None:
    pages = [calls(), calls(call(status="ringing")), calls(call(status="in-progress"))]
    async with at(*map(says, pages)) as (rest, provider):
        (live,) = await rest.live_calls()
    assert live.status is CallStatus.IN_PROGRESS
    assert [asked.query["Status"] for asked in provider.asked] == ["queued", "ringing", "in-progress"]


async def test_a_recording_is_looked_up_and_deleted() -> None:
    told = {"sid": RECORDING, "call_sid": CALL, "status": "completed", "duration": "4", "channels": 1}
    async with at(says(told), sends(b"", 204)) as (rest, provider):
        state = await rest.recording(RECORDING)
        await rest.delete_recording(RECORDING)
    assert (state.status, state.seconds, state.channels) == ("completed", 4, 1)
    assert [asked.method for asked in provider.asked] == ["GET", "DELETE"]


async def test_the_recordings_of_a_call_are_listed_page_by_page() -> None:
    began = "Mon, 02 Mar 2026 10:00:00 +0000"
    told = {"sid": RECORDING, "call_sid": CALL, "status": "completed", "duration": "4", "source": "RecordVerb"}
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL}/Recordings.json"
    pages = ({"recordings": [told | {"start_time": began}], "next_page_uri": f"{path}?Page=1"}, {"recordings": [told]})
    async with at(*map(says, pages)) as (rest, provider):
        first, second = await rest.recordings_of(CALL)
    assert (first.source, first.began_at, second.began_at) == ("RecordVerb", NOW, None)
    assert [asked.path for asked in provider.asked] == [path, path]


@pytest.mark.parametrize(
    ("status", "duration", "final", "empty"),
    [("in-progress", "-1", False, False), ("completed", "4", True, False), ("completed", "0", True, True),
     ("absent", "-1", True, True)],
)  # fmt: skip
async def test_a_recording_is_empty_only_once_nothing_more_comes(
    status: str, duration: str, *, final: bool, empty: bool
) -> None:
    async with at(says({"sid": RECORDING, "status": status, "duration": duration})) as (rest, _):
        state = await rest.recording(RECORDING)
    assert (state.is_final, state.is_empty) == (final, empty)


async def test_another_cloud_is_asked_below_its_own_path() -> None:
    next_page = f"/api/laml/2010-04-01/Accounts/{ACCOUNT}/Calls.json?Page=1"
    async with at(says(calls()), says(calls(next_page=next_page)), says(calls()), base="/api/laml") as (rest, provider):
        await rest.find_placed("+359888100200", "+35929000000", NOW, NOW)
    assert {asked.path for asked in provider.asked} == {f"/api/laml/2010-04-01/Accounts/{ACCOUNT}/Calls.json"}
