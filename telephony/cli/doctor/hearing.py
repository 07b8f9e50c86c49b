"""Checks that Asterisk tells us of calls: events for pops, Channel Event Logging for the ledger."""

import asyncio
import time
from collections.abc import Callable

from telephony.cli.doctor.ami import Message, Talk
from telephony.cli.doctor.finding import Finding, fail, ok
from telephony.errors import CarrierError, CarrierRefusedError
from telephony.settings.sections import AsteriskSection

PROBE_S = 1.5


async def events(opened: Talk, asterisk: AsteriskSection) -> list[Finding]:
    """Tell whether calls reach us as events, by a probe that rings nobody.

    A Local channel to an extension that does not exist lives for a millisecond, runs no dialplan, and yet is told of
    like any call.
    """
    own_id = f"ringside-doctor-{time.time_ns()}"
    try:
        await opened.ask(
            "Originate",
            Channel=f"Local/ringside-doctor@{asterisk.context}",
            ChannelId=own_id,
            OtherChannelId=f"{own_id}-2",
            Application="NoOp",
            Async="true",
            Timeout="1000",
        )
    except CarrierRefusedError:
        return []  # the rights or the dialplan have told why
    hangup = await _heard(opened, lambda event: event.event == "Hangup" and event["Linkedid"] == own_id)
    end = await _heard(
        opened,
        lambda event: event.event == "CEL" and event["LinkedID"] == own_id and event["EventName"] == "LINKEDID_END",
    )
    some_cel = any(event.event == "CEL" and event["LinkedID"] == own_id for event in opened.heard)
    return [_of_calls(asterisk, heard=hangup is not None), _of_cel(asterisk, end, some=some_cel)]


async def _heard(opened: Talk, wanted: Callable[[Message], bool]) -> Message | None:
    try:
        async with asyncio.timeout(PROBE_S):
            return await opened.hear(wanted)
    except (CarrierError, TimeoutError):
        return None


def _of_calls(asterisk: AsteriskSection, *, heard: bool) -> Finding:
    if heard:
        return ok("events", "Asterisk tells of calls")
    return fail(
        "events",
        "Asterisk does not tell of calls: nothing pops",
        f"in manager.conf, section [{asterisk.username}], add call to read=, and let no eventfilter hide Hangup",
    )


def _of_cel(asterisk: AsteriskSection, end: Message | None, *, some: bool) -> Finding:
    if end and not end["Timestamp"]:
        return fail(
            "cel",
            "Channel Event Logging comes in Asterisk's local time and whole seconds: talk times would be wrong",
            "in manager.conf [general] set timestampevents=yes, then `asterisk -rx 'manager reload'`",
        )
    if end:
        return ok("cel", "Channel Event Logging reaches us")
    if some:
        return fail(
            "cel",
            "Channel Event Logging does not tell when a call is over: LINKEDID_END does not come",
            "in cel.conf [general] set events= as config/asterisk/cel.conf does; `asterisk -rx 'module reload cel'`",
        )
    return fail(
        "cel",
        "Channel Event Logging does not reach us: no call enters the timeline",
        "in cel.conf set [general] enable=yes and [manager] enabled=yes, then `asterisk -rx 'module reload cel'`; "
        f"in manager.conf, section [{asterisk.username}], let no eventfilter hide CEL",
    )
