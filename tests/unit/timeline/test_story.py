"""The timeline tells what happened in a call, to the machine and in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from telephony.calls.model import (
    AgentId,
    CallId,
    CallRecord,
    CustomerId,
    Direction,
    Disposition,
    LedgerLeg,
    LegId,
    Party,
    QueueWait,
)
from telephony.timeline.entry import CallEntry, PathStep
from telephony.timeline.story import entry_of, in_words, summary_of

START = datetime(2026, 3, 1, 23, 59, 50, tzinfo=UTC)
AGENTS = {"PJSIP/101": AgentId("maria"), "PJSIP/102": AgentId("ivan"), "PJSIP/desk-3": AgentId("anna")}
NAMES = {"maria": "Maria", "ivan": "Ivan", "anna": "Anna"}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def leg(channel: str, talk_s: float, answered: float | None = None) -> LedgerLeg:
    return LedgerLeg(
        leg_id=LegId(channel),
        channel=channel,
        number="",
        name="",
        started_at=START,
        answered_at=None if answered is None else at(answered),
        ended_at=at(300),
        talk_s=talk_s,
    )


def record(
    disposition: Disposition = Disposition.ANSWERED, *legs: LedgerLeg, answered: float | None = 32
) -> CallRecord:
    return CallRecord(
        linkedid=CallId("1.1"),
        direction=Direction.INBOUND,
        caller="+359888123456",
        called="35921000",
        started_at=START,
        answered_at=None if answered is None or disposition is not Disposition.ANSWERED else at(answered),
        ended_at=at(300),
        talk_s=sum(leg.talk_s for leg in legs),
        disposition=disposition,
        hung_up_by=Party.CALLER,
        legs=legs,
    )


def path(*steps: tuple[float, str, str, str, str]) -> tuple[PathStep, ...]:
    return tuple(
        PathStep(
            call_id=CallId("1.1"),
            seq=n,
            at=at(when),
            flow="main",
            node=kind,
            kind=kind,
            event=event,
            value=value,
            label=label,
        )
        for n, (when, kind, event, value, label) in enumerate(steps)
    )


def entry(found: CallRecord, steps: tuple[PathStep, ...] = ()) -> CallEntry:
    return entry_of(found, steps, customer_id=CustomerId("c1"), agent_at=AGENTS.get)


def told(found: CallRecord, steps: tuple[PathStep, ...] = ()) -> str:
    return summary_of(entry(found, steps), name_of=lambda agent: NAMES[agent])


SALES = path(
    (1, "menu", "keys", "1", "sales"),
    (5, "collect", "keys", "4711", "order"),
    (20, "queue", "entered", "support", ""),
    (21, "agent", "rung", "maria", "longest idle"),
    (21, "agent", "recording", "call-1", ""),
)


def test_an_answered_call_tells_its_line_its_wait_and_who_talked() -> None:
    made = entry(record(Disposition.ANSWERED, leg("PJSIP/trunk-1", 190), leg("PJSIP/101-2", 190, 32)), SALES)
    assert (made.customer_id, made.queue, made.wait_s) == ("c1", "support", 12.0)
    assert made.agents == ("maria",)
    assert made.path == SALES


def test_an_answered_call_in_words() -> None:
    call = replace(record(Disposition.ANSWERED, leg("PJSIP/101-2", 190, 32)))
    assert told(call, SALES) == (
        "Called 35921000, chose sales, gave order 4711, waited 12 s for support, "
        "spoke 3 min 10 s with Maria, caller hung up"
    )


def test_agents_are_told_once_in_the_order_in_which_they_talked() -> None:
    call = record(
        Disposition.ANSWERED,
        leg("PJSIP/102-9", 20, 60),
        leg("PJSIP/101-2", 30, 32),
        leg("PJSIP/101-5", 5, 55),
        leg("PJSIP/desk-3-7", 0),
    )
    assert entry(call).agents == ("maria", "ivan")
    assert told(call).endswith("spoke 55 s with Maria, then Ivan, caller hung up")


def test_an_endpoint_whose_name_has_a_dash_is_known_with_and_without_its_channel_number() -> None:
    for channel in ("PJSIP/desk-3-00000007", "PJSIP/desk-3"):
        assert entry(record(Disposition.ANSWERED, leg(channel, 5, 32))).agents == ("anna",)


def test_who_waited_in_vain_waited_until_leaving_the_line() -> None:
    steps = path((10, "queue", "entered", "sales", ""), (70, "queue", "left", "too_long", ""))
    made = entry(record(Disposition.NO_ANSWER), steps)
    assert made.wait_s == 60.0
    assert told(record(Disposition.NO_ANSWER), steps) == "Called 35921000, waited 1 min for sales, nobody answered"


def test_who_hung_up_in_the_line_waited_until_then() -> None:
    steps = path((10, "queue", "entered", "sales", ""))
    assert entry(record(Disposition.ABANDONED), steps).wait_s == 290.0


def test_a_direct_call_waited_for_nothing() -> None:
    assert entry(record(Disposition.ANSWERED, leg("PJSIP/101-2", 5, 32))).wait_s == 0.0


def queued(found: CallRecord, *waits: tuple[float, str, float]) -> CallRecord:
    """The same call with waits in Asterisk's own queues: seconds after its start, queue, seconds waited."""
    return replace(
        found, waits=tuple(QueueWait(queue=queue, joined_at=at(when), wait_s=wait) for when, queue, wait in waits)
    )


def test_a_call_of_the_companys_own_queue_tells_it_and_the_wait_in_it() -> None:
    call = queued(record(Disposition.ANSWERED, leg("PJSIP/trunk-1", 0), leg("PJSIP/101-2", 60, 32)), (2, "700", 30))
    made = entry(call)
    assert (made.queue, made.wait_s, made.agents) == ("700", 30.0, ("maria",))
    assert told(call) == "Called 35921000, waited 30 s for 700, spoke 1 min with Maria, caller hung up"


def test_who_abandons_the_companys_own_queue_is_told_with_it() -> None:
    call = queued(record(Disposition.ABANDONED), (10, "700", 290))
    assert (entry(call).queue, entry(call).wait_s) == ("700", 290.0)
    assert told(call) == "Called 35921000, waited 4 min 50 s for 700, hung up before anybody answered"


def test_of_several_queues_the_last_one_is_told_and_the_waits_are_added_up() -> None:
    made = entry(queued(record(Disposition.ABANDONED), (10, "700", 30.25), (60, "701", 12.5)))
    assert (made.queue, made.wait_s) == ("701", 42.75)


def test_the_line_of_our_own_flow_is_told_before_the_companys_queue() -> None:
    steps = path((10, "queue", "entered", "sales", ""))
    made = entry(queued(record(Disposition.ABANDONED), (40, "ringside-fallback", 260)), steps)
    assert (made.queue, made.wait_s) == ("sales", 290.0)


def test_who_came_from_a_flow_into_the_fallback_queue_waited_in_that() -> None:
    steps = path((5, "menu", "keys", "1", "sales"))
    made = entry(queued(record(Disposition.ABANDONED), (40, "ringside-fallback", 260)), steps)
    assert (made.queue, made.wait_s) == ("ringside-fallback", 260.0)


def test_who_waits_in_the_companys_queue_after_an_outcome_has_not_served_themselves() -> None:
    steps = path((5, "outcome", "outcome", "balance_told", ""))
    waited_before, waits_after = (1, "700", 3), (20, "ringside-fallback", 280)
    served = entry(queued(record(Disposition.ABANDONED), waited_before), steps)
    assert served.record.disposition is Disposition.SELF_SERVED
    waiting = entry(queued(record(Disposition.ABANDONED), waits_after), steps)
    assert waiting.record.disposition is Disposition.ABANDONED


@pytest.mark.parametrize("ledger_says", [Disposition.ABANDONED, Disposition.SELF_SERVED, Disposition.NO_ANSWER])
def test_a_message_that_the_flow_recorded_makes_the_call_voicemail(ledger_says: Disposition) -> None:
    steps = path((30, "voicemail", "recorded", "msg-1", "14.0 s"))
    made = entry(record(ledger_says), steps)
    assert made.record.disposition is Disposition.VOICEMAIL
    assert told(record(ledger_says), steps) == "Called 35921000, left a message of 14 s"


@pytest.mark.parametrize("ledger_says", [Disposition.ABANDONED, Disposition.VOICEMAIL])
def test_an_empty_message_is_none(ledger_says: Disposition) -> None:
    steps = path((30, "voicemail", "recorded", "msg-1", "0.0 s"))
    made = entry(record(ledger_says), steps)
    assert made.record.disposition is Disposition.ABANDONED
    assert made.recordings == ()


def test_who_hangs_up_during_the_goodbye_was_served() -> None:
    steps = path((30, "hangup", "ended", "", ""))
    assert entry(record(Disposition.ABANDONED), steps).record.disposition is Disposition.SELF_SERVED


def test_who_found_nobody_in_the_line_was_not_served() -> None:
    steps = path((10, "queue", "left", "nobody", ""), (12, "hangup", "ended", "", ""))
    assert entry(record(Disposition.SELF_SERVED), steps).record.disposition is Disposition.NO_ANSWER


def test_who_was_identified_and_told_what_they_asked_for_was_served() -> None:
    steps = path(
        (5, "return", "left", "known", ""),
        (8, "agent", "left", "nobody", ""),
        (30, "hangup", "ended", "", ""),
    )
    assert told(record(Disposition.SELF_SERVED), steps) == "Called 35921000, needed nobody"


@pytest.mark.parametrize("kind", ["queue", "agent", "external"])
def test_who_was_put_through_to_people_in_vain_was_not_served(kind: str) -> None:
    steps = path((10, kind, "left", "no_answer", ""), (12, "hangup", "ended", "", ""))
    assert entry(record(Disposition.SELF_SERVED), steps).record.disposition is Disposition.NO_ANSWER


def test_a_talk_recorded_to_its_end_or_to_the_hang_up_is_listed() -> None:
    call = record(Disposition.ANSWERED, leg("PJSIP/trunk-1", 20), leg("PJSIP/101-2", 20, 8))
    ended = path((5, "agent", "recording", "call-1", ""), (99, "agent", "answered", "maria", ""))
    cut = path((5, "agent", "recording", "call-1", ""))
    for steps in (ended, cut):
        assert entry(call, steps).recordings == ("calls/2026/03/01/call-1.wav",)


def test_what_was_recorded_while_a_phone_rang_until_the_caller_hung_up_is_not_listed() -> None:
    steps = path((5, "agent", "recording", "call-1", ""))
    rang = record(Disposition.ABANDONED, leg("PJSIP/trunk-1", 0), leg("PJSIP/101-2", 0))
    assert entry(rang, steps).recordings == ()
    earlier = record(Disposition.ANSWERED, leg("PJSIP/trunk-1", 1), leg("PJSIP/102-2", 1, 1), answered=1)
    assert entry(earlier, steps).recordings == ()


def test_a_recording_of_a_phone_that_nobody_answered_is_not_listed() -> None:
    steps = path(
        (5, "agent", "recording", "call-1", ""),
        (9, "agent", "no_answer", "maria", ""),
        (15, "agent", "recording", "call-2", ""),
        (99, "agent", "answered", "ivan", ""),
    )
    assert entry(record(), steps).recordings == ("calls/2026/03/02/call-2.wav",)


def test_a_message_lies_in_the_folder_of_the_day_it_began() -> None:
    # the step is noted when the message ends, here after midnight
    steps = path((15, "voicemail", "recorded", "msg-1", "14.0 s"))
    assert entry(record(Disposition.ABANDONED), steps).recordings == ("calls/2026/03/01/msg-1.wav",)


def test_a_name_that_has_its_folder_keeps_it() -> None:
    steps = path((5, "agent", "recording", "calls/2026/03/01/call-1", ""), (9, "agent", "answered", "maria", ""))
    assert entry(record(), steps).recordings == ("calls/2026/03/01/call-1.wav",)


def test_a_sensitive_answer_is_not_told() -> None:
    steps = path((5, "collect", "keys", "***", "card"))
    assert told(record(Disposition.SELF_SERVED), steps) == "Called 35921000, gave card, needed nobody"


def test_an_outgoing_call_names_the_agent_who_placed_it() -> None:
    call = replace(
        record(Disposition.ANSWERED, leg("PJSIP/101-1", 65, 0), leg("PJSIP/trunk-2", 65, 32)),
        direction=Direction.OUTBOUND,
        called="0888123456",
        hung_up_by=Party.CALLED,
        talk_s=65.0,
    )
    assert told(call) == "Maria called 0888123456, spoke 1 min 5 s, customer hung up"


def test_an_internal_call_tells_both_colleagues() -> None:
    call = replace(
        record(Disposition.ANSWERED, leg("PJSIP/101-1", 5, 0), leg("PJSIP/102-2", 5, 32)),
        direction=Direction.INTERNAL,
        called="102",
        hung_up_by=Party.CALLED,
        talk_s=5.0,
    )
    assert told(call) == "Maria called 102, spoke 5 s with Ivan, colleague hung up"


@pytest.mark.parametrize("disposition", Disposition)
def test_every_ending_has_words(disposition: Disposition) -> None:
    assert told(record(disposition)).startswith("Called 35921000, ")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (190, "3 min 10 s"), (3600, "1 h"), (3725, "1 h 2 min")],
)
def test_lengths_of_time_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_the_last_outcome_that_a_caller_came_by_counts() -> None:
    steps = path((1, "play", "outcome", "contained", ""), (9, "menu", "outcome", "sold", ""))
    assert entry(record(Disposition.SELF_SERVED), steps).outcome == "sold"
    assert entry(record(Disposition.ANSWERED), SALES).outcome == ""


def test_who_got_an_answer_and_hung_up_was_served_and_did_not_give_up() -> None:
    told = path((1, "play", "outcome", "contained", ""))
    assert entry(record(Disposition.ABANDONED), told).record.disposition is Disposition.SELF_SERVED
    waited = (*told, *path((1, "play", "outcome", "contained", ""), (5, "queue", "entered", "sales", ""))[1:])
    assert entry(record(Disposition.ABANDONED), waited).record.disposition is Disposition.ABANDONED
