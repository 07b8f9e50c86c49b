"""An agent at an Asterisk extension takes a caller of Twilio's: two carriers, one pop, one entry."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from telephony.calls.events import PhoneState
from telephony.calls.ledger import derive
from telephony.calls.model import CallId, Direction, Disposition
from telephony.carriers.asterisk.cel import read_cel_csv
from telephony.journey.moves import Asker
from telephony.journey.sent import ToAgent
from telephony.routing.agents import AgentState
from tests.fakes.house import IVAN, MARIA
from tests.fakes.twilio import FarPhone
from tests.integration.asterisk import AsteriskInstance
from tests.integration.sipp import OURSELVES, HangUp, Phone, Sipp, UntilBye, Wait
from tests.integration.test_transfers import sends_on
from tests.integration.two_carriers import EMMA, MARIAS_SIP, Both, both_carriers
from tests.waiting import until

pytestmark = pytest.mark.integration

IVANS_SIP = "sip:112@pbx.example.com"


@pytest.fixture
async def both(asterisk: AsteriskInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Both]:
    async with both_carriers(asterisk, tmp_path / "both", monkeypatch) as made:
        yield made


async def test_a_caller_of_the_cloud_and_the_extension_that_takes_them_are_one_call(
    both: Both, sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    async with sipp.phone("111", Phone(ring_s=1)):
        caller = await both.calls()
        await both.twilio.called(MARIAS_SIP)
        leg = await sipp.cloud_calls("111", Wait(4), HangUp(), header=caller.sid, number=EMMA)
        card = await both.card(MARIA, "ringing")
        assert (card["call_id"], card["kind"], card["queue"]) == (caller.sid, "queue", "sales")
        await both.card(MARIA, "talking")
        assert both.house.state(MARIA) is AgentState.ON_CALL
        await until(lambda: both.house.floor.agents[MARIA].phone is PhoneState.IN_USE)
        await leg.ended()
        caller.hangs_up()
        await both.card(MARIA, "wrap_up")
        entry = await both.entry(caller.sid, legs=2)
        await until(lambda: both.house.floor.agents[MARIA].phone is PhoneState.IDLE)
    assert both.cards(MARIA) == {card["pop_id"]}
    assert list(both.house.timeline.entries) == [caller.sid]
    record = entry.record
    with asterisk.cel_file.open(encoding="utf-8", newline="") as lines:
        written = [each for each in derive(read_cel_csv(lines)) if each.part_of and each.part_of.call_id == caller.sid]
    assert [len(each.legs) for each in written] == [2]  # what a restart would find
    assert (record.direction, record.disposition, record.caller) == (Direction.INBOUND, Disposition.ANSWERED, EMMA)
    assert [leg.channel.rpartition("-")[0] for leg in record.legs] == ["", "PJSIP/111"]
    assert entry.agents == (MARIA,)
    assert 2 < record.talk_s < 12
    assert both.house.switchboard.calls == {}


async def test_what_the_agent_transfers_on_asterisk_stays_in_the_call(
    both: Both, sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    async with sipp.phone("111", Phone(ring_s=1)), sipp.phone("112", Phone(ring_s=1)):
        caller = await both.calls()
        await both.twilio.called(MARIAS_SIP)
        leg = await sipp.cloud_calls("111", Wait(9), HangUp(), header=caller.sid, number=EMMA)
        await both.card(MARIA, "talking")
        await sends_on(asterisk, "111", to="112", context="ringside-phones")
        await both.card(MARIA, "wrap_up")
        card = await both.card(IVAN, "talking")
        assert (card["call_id"], card["caller"]["number"]) == (caller.sid, EMMA)  # type: ignore[index]
        await leg.ended()
        caller.hangs_up()
        entry = await both.entry(caller.sid, legs=3)
    assert list(both.house.timeline.entries) == [caller.sid]
    assert entry.agents == (MARIA, IVAN)


@pytest.mark.parametrize(("refuse", "told"), [(486, "486 Busy"), (603, "486 Busy"), (None, "404 Not Found")])
async def test_the_cloud_is_told_that_the_agent_declined_or_has_no_phone_there(
    both: Both, sipp: Sipp, refuse: int | None, told: str
) -> None:
    async with AsyncExitStack() as stack:
        if refuse is not None:
            await stack.enter_async_context(sipp.phone("111", Phone(refuse=refuse)))
        leg = await sipp.cloud_calls("111", Wait(1), HangUp(), number=EMMA)
        with pytest.raises(AssertionError, match=told):
            await leg.ended()
    if refuse is not None:
        await until(lambda: both.house.screens.gone(MARIA))
        assert [event["reason"] for event in both.house.screens.gone(MARIA)] == ["declined"]


async def test_a_header_that_names_no_call_of_ours_is_a_direct_call(both: Both, sipp: Sipp) -> None:
    nobodys = "CA" + "0" * 32
    async with sipp.phone("111", Phone(ring_s=1)):
        leg = await sipp.cloud_calls("111", Wait(3), HangUp(), header=nobodys, number=EMMA)
        card = await both.card(MARIA, "talking")
        assert (card["kind"], card["call_id"] == nobodys) == ("direct", False)
        await leg.ended()
        entry = await both.entry(str(card["call_id"]), legs=2)
    assert list(both.house.timeline.entries) == [entry.record.linkedid]
    assert entry.record.caller == EMMA


@pytest.mark.parametrize("forged", ["{sid}${{EXTEN}}", "{sid}&PJSIP/112", '"{sid}', "{sid},{sid}"])
async def test_a_header_of_another_shape_says_nothing(both: Both, sipp: Sipp, forged: str) -> None:
    async with sipp.phone("111", Phone(ring_s=1)):
        caller = await both.calls()
        await both.twilio.called(MARIAS_SIP)
        leg = await sipp.cloud_calls("111", Wait(5), HangUp(), header=forged.format(sid=caller.sid), number=EMMA)
        await until(lambda: len(both.house.switchboard.calls) == 2)
        await leg.ended()
        caller.hangs_up()
        await until(lambda: len(both.house.timeline.entries) == 2)
    assert caller.sid in both.house.timeline.entries


async def test_a_stranger_on_the_providers_line_who_names_a_call_is_a_caller_like_others(
    both: Both, sipp: Sipp
) -> None:
    caller = await both.calls()
    stranger = await sipp.cloud_calls(
        "+35921234567", UntilBye(), header=caller.sid, number="+442079460000", ip=OURSELVES
    )
    await until(lambda: len(both.house.switchboard.calls) == 2)
    await stranger.stop()
    caller.hangs_up()
    await until(lambda: caller.sid in both.house.timeline.entries)
    assert "PJSIP/trunk" not in str(both.house.timeline.entries[caller.sid].record.legs)


async def test_who_only_calls_themselves_the_cloud_is_not_let_in(both: Both, sipp: Sipp) -> None:
    async with sipp.phone("111", Phone(ring_s=1)):
        caller = await both.calls()
        stranger = await sipp.cloud_calls("111", Wait(2), HangUp(), header=caller.sid, number="cloud", ip="127.0.0.4")
        with pytest.raises(AssertionError):
            await stranger.ended()
        assert list(both.house.switchboard.calls) == [caller.sid]
    assert both.house.screens.calls(MARIA) == []


async def test_a_caller_of_the_cloud_is_transferred_from_an_extension_to_another(both: Both, sipp: Sipp) -> None:
    both.house.moves.carrier = both.house.desk.carrier
    both.twilio.phones[IVANS_SIP] = FarPhone(rings_after_s=0.7, answers_after_s=1.6, talks_s=None)
    as_maria = Asker(name="Maria", agent=MARIA, supervises=False)
    async with sipp.phone("111", Phone(ring_s=1)), sipp.phone("112", Phone(ring_s=1)):
        caller = await both.calls()
        marias = await both.twilio.called(MARIAS_SIP)
        leg = await sipp.cloud_calls("111", UntilBye(), header=caller.sid, number=EMMA)
        await both.card(MARIA, "talking")
        await until(lambda: marias.call.status == "in-progress")
        both.house.ready(IVAN)
        await both.house.moves.transfer(as_maria, CallId(caller.sid), ToAgent(agent=IVAN))
        await leg.ended()  # what was hung up at Asterisk has ended the cloud's leg
        marias.hangs_up()
        await both.twilio.called(IVANS_SIP)
        leg = await sipp.cloud_calls("112", Wait(5), HangUp(), header=caller.sid, number=EMMA)
        card = await both.card(IVAN, "talking")
        assert card["why"] == "transferred by Maria; Ivan was asked for"
        await leg.ended()
        caller.hangs_up()
        entry = await both.entry(caller.sid, legs=3)
    assert list(both.house.timeline.entries) == [caller.sid]
    assert entry.agents == (MARIA, IVAN)
