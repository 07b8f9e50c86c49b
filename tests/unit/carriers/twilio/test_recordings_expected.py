"""A recording of which nothing was told is fetched all the same: it is looked up once its call is over."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telephony.calls.commands import Command, HangUp, Record, Ring, Say
from telephony.calls.model import AgentId
from telephony.carriers.twilio import recordings
from telephony.carriers.twilio.expected import KIND, Expected, Expecting, matched
from telephony.carriers.twilio.recordings import Fetching
from telephony.carriers.twilio.rest_answers import RecordingState
from tests.fakes.dues import FakeDues
from tests.fakes.twilio import FarPhone, Misbehaviour
from tests.unit.carriers.twilio.house import prompts
from tests.unit.carriers.twilio.whole import House, house
from tests.waiting import until

SOON = Expecting(first_s=0.05, longest_s=0.1, settling=timedelta(seconds=0.2), gather_s=0.01)
MARIA = "tel:+359888300400"
TAKES = FarPhone(rings_after_s=1, answers_after_s=2, talks_s=5, presses="1")
MESSAGE = Record(name="CA1-message-1", silence_s=2)
BYE: tuple[Command, ...] = (Say(prompts=prompts("bye")), HangUp())


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def fetching(tmp_path: Path, *, delete: bool = False) -> Fetching:
    return Fetching(folder=tmp_path / "kept", delete=delete, pauses_s=(0.02,), expecting=SOON)


def files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "kept").rglob("*.wav"))


async def is_settled(dues: FakeDues) -> None:
    await until(lambda: not dues.ids(KIND) and not dues.ids(recordings.KIND))


def asked(at: House, path: str) -> int:
    return sum(path in each.path for each in at.twilio.api_requests)


def noise(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


@pytest.mark.parametrize("delete", [True, False])
async def test_a_message_whose_callback_is_lost_is_fetched(tmp_path: Path, *, delete: bool) -> None:
    dues = FakeDues()
    async with house(tmp_path, clock=WallClock(), dues=dues, fetching=fetching(tmp_path, delete=delete)) as at:
        at.twilio.callbacks.lost("recording")
        caller = await at.called({1: (MESSAGE,), 2: BYE})
        await caller.speaks(4)
        caller.hangs_up()
        await at.over(caller)
        await until(lambda: files(tmp_path) == ["CA1-message-1.wav"])
        await is_settled(dues)
        assert bool(at.twilio.network.recordings) is not delete


@pytest.mark.parametrize("music", ["", "default"])
async def test_a_talk_whose_callback_is_lost_is_fetched_whoever_of_both_recorded_it(tmp_path: Path, music: str) -> None:
    dues = FakeDues()
    async with house(tmp_path, clock=WallClock(), dues=dues, fetching=fetching(tmp_path)) as at:
        at.twilio.callbacks.lost("recording")
        at.twilio.phones["+359888300400"] = TAKES
        ring = Ring(agent=AgentId("maria"), endpoint=MARIA, record_as="CA1-3", music=music or None)
        caller = await at.called({1: (ring,), 2: (HangUp(),)})
        await at.over(caller)
        await until(lambda: files(tmp_path) == ["CA1-3.wav"])
        await is_settled(dues)
        [recording] = at.twilio.network.recordings.values()
        assert (recording.call_sid == caller.sid) is not bool(music)


async def test_what_was_recorded_while_no_server_ran_is_fetched_after_the_next_start(tmp_path: Path) -> None:
    dues = FakeDues()
    async with house(tmp_path, clock=WallClock(), dues=dues, fetching=fetching(tmp_path)) as at:
        at.twilio.callbacks.lost("*")
        caller = await at.called({1: (replace(MESSAGE, silence_s=600),), 2: BYE})
        await until(lambda: dues.ids(KIND))
        await at.ends()
        await caller.speaks(4)
        caller.hangs_up()
        await caller.until_over()
        await at.twilio.recorded()
        assert files(tmp_path) == []
        await at.serves()
        await until(lambda: files(tmp_path) == ["CA1-message-1.wav"])
        await is_settled(dues)


async def test_who_leaves_no_message_makes_no_noise(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    dues = FakeDues()
    async with house(tmp_path, clock=WallClock(), dues=dues, fetching=fetching(tmp_path)) as at:
        caller = await at.called({1: (MESSAGE,), 2: BYE})
        await until(lambda: dues.ids(KIND))
        await at.over(caller)
        await is_settled(dues)
    assert files(tmp_path) == []
    assert noise(caplog) == []


async def test_a_recording_that_came_to_nothing_makes_no_noise(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dues = FakeDues()
    async with house(tmp_path, clock=WallClock(), dues=dues, fetching=fetching(tmp_path)) as at:
        at.twilio.callbacks.lost("recording")
        at.twilio.loses_recordings()
        caller = await at.called({1: (MESSAGE,), 2: BYE})
        await caller.speaks(4)
        await at.over(caller)
        await is_settled(dues)
    assert files(tmp_path) == []
    assert noise(caplog) == []


@pytest.mark.parametrize("lost", [1, 2])
async def test_of_two_messages_of_one_call_each_has_its_name(tmp_path: Path, lost: int) -> None:
    dues = FakeDues()
    async with house(tmp_path, clock=WallClock(), dues=dues, fetching=fetching(tmp_path)) as at:
        at.twilio.callbacks.lost("recording", times=lost)
        caller = await at.called({1: (MESSAGE,), 2: (Record(name="CA1-message-2", silence_s=2),), 3: BYE})
        await caller.speaks(2)
        await caller.speaks(6)
        await at.over(caller)
        await is_settled(dues)
    short, long = (path.stat().st_size for path in sorted((tmp_path / "kept").rglob("*.wav")))
    assert files(tmp_path) == ["CA1-message-1.wav", "CA1-message-2.wav"]
    assert short < long


async def test_a_recording_that_was_told_of_is_fetched_once_and_not_looked_for(tmp_path: Path) -> None:
    dues = FakeDues()
    async with house(tmp_path, clock=WallClock(), dues=dues, fetching=fetching(tmp_path)) as at:
        caller = await at.called({1: (MESSAGE,), 2: BYE})
        await caller.speaks(4)
        await at.over(caller)
        await until(lambda: files(tmp_path))
        await is_settled(dues)
        assert (asked(at, "/Recordings.json"), asked(at, ".wav")) == (0, 1)


async def test_an_answer_does_not_wait_for_the_database_and_what_is_expected_is_written_when_it_is_back(
    tmp_path: Path,
) -> None:
    dues = FakeDues()
    async with house(tmp_path, clock=WallClock(), dues=dues, fetching=fetching(tmp_path)) as at:
        at.twilio.callbacks.lost("recording")
        dues.away = True
        caller = await at.called({1: (MESSAGE,), 2: BYE})
        await caller.speaks(4)
        await at.over(caller)
        assert dues.ids(KIND) == []
        dues.away = False
        await until(lambda: files(tmp_path) == ["CA1-message-1.wav"])
        await is_settled(dues)


async def test_what_cannot_be_looked_up_is_given_up_with_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dues = FakeDues()
    await dues.keep(
        Expected(name="calls/CA1-7", call_id="CA1", call_sid="CA" + "1" * 32, since=WallClock().now()).due()
    )
    how = Fetching(folder=tmp_path / "kept", patience=timedelta(seconds=0.3), expecting=SOON)
    async with house(tmp_path, clock=WallClock(), dues=dues, fetching=how) as at:
        at.twilio.misbehaves(Misbehaviour.SERVER_ERROR, path="/Calls/", times=None)
        await is_settled(dues)
    errors = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert [each.__dict__["recording"] for each in errors] == ["calls/CA1-7"]


# --- which recording is whose ---

BEGAN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def document(name: str, at_s: float, sid: str = "") -> Expected:
    return Expected(name=name, call_id="CA1", call_sid="CA1", since=BEGAN + timedelta(seconds=at_s), sid=sid)


def recording(sid: str, at_s: float, source: str = "RecordVerb") -> RecordingState:
    began_at = BEGAN + timedelta(seconds=at_s)
    return RecordingState(
        sid=sid, call_sid="CA1", status="completed", seconds=4, channels=1, source=source, began_at=began_at
    )


def names(expected: list[Expected], listed: list[RecordingState]) -> dict[str, str]:
    return {each.name: found.sid for each, found in matched(expected, listed)}


def test_as_many_recordings_as_documents_are_in_their_order_whatever_the_clocks_say() -> None:
    listed = [recording("RE2", 45), recording("RE1", 3)]  # the newest first, as the cloud lists them
    for skew_s in (-60.0, 0.0, 60.0):
        assert names([document("a", skew_s), document("b", 40 + skew_s)], listed) == {"a": "RE1", "b": "RE2"}


def test_a_recording_belongs_to_the_last_document_given_before_it_began() -> None:
    documents = [document("a", 0), document("b", 40), document("c", 80)]
    assert names(documents, [recording("RE1", 45)]) == {"b": "RE1"}
    assert names(documents, [recording("RE1", 79.9)]) == {"c": "RE1"}  # the cloud tells whole seconds
    assert names(documents, [recording("RE1", 5), recording("RE2", 90)]) == {"a": "RE1", "c": "RE2"}
    assert names(documents, [recording("RE1", -30)]) == {"a": "RE1"}


def test_a_recording_that_was_told_of_or_is_not_ours_is_nobody_elses() -> None:
    documents = [document("a", 0, sid="RE1"), document("b", 40)]
    assert names(documents, [recording("RE1", 41)]) == {}
    assert names(documents, [recording("RE2", 41, source="Trunking")]) == {}
    assert names([document("a", 0)], [recording("RE1", 1), recording("RE2", 2), recording("RE3", 3)]) == {"a": "RE1"}
