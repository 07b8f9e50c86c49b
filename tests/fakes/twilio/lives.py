"""The life of a call from its beginning to its end: one that comes in, one the API makes, and a leg of <Dial>."""

import asyncio
import contextlib
from dataclasses import dataclass

from tests.fakes.twilio.call import Call, LineBrokenOffError, Target
from tests.fakes.twilio.document import Verb
from tests.fakes.twilio.fields import common
from tests.fakes.twilio.line import Line
from tests.fakes.twilio.network import Network
from tests.fakes.twilio.perform import follow
from tests.fakes.twilio.recordings import RecordingNews
from tests.fakes.twilio.values import FarPhone


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How the API wants a call to be made."""

    timeout_s: float = 60.0
    detects: str = ""
    """Enable or DetectMessageEnd; '' looks for no machine."""
    limit_s: float | None = None
    """How long the call may last."""
    records: bool = False
    channels: int = 1
    recording_news: RecordingNews | None = None
    async_url: str = ""
    """Who is told what answered, while the document is executed; '' waits for it before the document is asked for."""


async def incoming_life(network: Network, call: Call, first: Target) -> None:
    await _live(Line(network=network, call=call), first, "completed")


async def _live(line: Line, first: Target | None, status: str) -> None:
    """Follow documents, wherever the API redirects the call meanwhile, and end it."""
    target = first
    while True:
        try:
            await follow(line, target)
        except LineBrokenOffError as broken:
            if broken.target is not None:
                line.call.go_on(broken)
                target = broken.target
                continue
            status = broken.status
        break
    line.network.end(line.call, status)


async def outgoing_life(network: Network, call: Call, first: Target, order: Order) -> None:
    """Dial for the API, look for a machine if wanted, and follow its document."""
    try:
        await call.rest(network.pace.queued_s)
        network.is_now(call, "initiated")
        status = await _ring(network, call, order.timeout_s)
        if status != "in-progress":
            network.end(call, status)
            return
        _hang_up_later(network, call, order.limit_s)
        if order.records:
            network.spawn(_record(network, call, order), f"twilio recording of {call.sid}")
        if order.detects and not order.async_url:
            await _detect(network, call, order)
    except LineBrokenOffError as broken:
        if broken.target is None or not call.is_answered:
            network.end(call, broken.status)
            return
        call.go_on(broken)
        first = broken.target
    if order.detects and order.async_url and not call.answered_by:
        network.spawn(_detect_aside(network, call, order), f"twilio machine detection {call.sid}")
    await _live(Line(network=network, call=call), first, "completed")


async def leg_life(network: Network, leg: Call, noun: Verb, timeout_s: float) -> None:
    """Ring a leg of <Dial>, execute its noun's document, and keep it until somebody hangs up."""
    line = Line(network=network, call=leg, may_dial=False)
    try:
        network.is_now(leg, "initiated")
        status = await _ring(network, leg, timeout_s)
        if status != "in-progress":
            network.end(leg, status)
            return
        _hang_up_later(network, leg)
        if noun.get("url"):
            await follow(line, Target(url=noun.url("url"), method=noun.get("method", "POST").upper()))
        leg.is_ready = True
        leg.poke()
        await leg.rest(None)
    except LineBrokenOffError as broken:
        if broken.target is None:
            network.end(leg, broken.status)
            return
        leg.has_left = True
        leg.go_on(broken)
        leg.poke()
        line.may_dial = True
        await _live(line, broken.target, "completed")


async def _ring(network: Network, call: Call, limit_s: float) -> str:
    """Ring a phone out there; give `in-progress`, or the status the call ends with."""
    phone = network.phone_of(call.to)
    call.phone = phone
    silent_s = min(phone.rings_after_s, limit_s)
    await call.rest(silent_s)
    if phone.unreachable:
        return _failed(call, "failed", 404)
    if phone.busy and phone.declines_after_s is None:
        return _failed(call, "busy", 486)
    network.is_now(call, "ringing")
    wait_s = phone.declines_after_s if phone.declines_after_s is not None else phone.answers_after_s
    left_s = limit_s - silent_s  # by the plan, not by the clock: who answers in time does so on a busy machine too
    if wait_s is None or wait_s >= left_s:
        await call.rest(left_s)
        return _failed(call, "no-answer", 487)
    await call.rest(wait_s)
    if phone.declines_after_s is not None:
        return _failed(call, "busy", 486)
    if phone.fails_after_ringing:
        return _failed(call, "failed", 503)
    network.is_now(call, "in-progress")
    return "in-progress"


def _failed(call: Call, status: str, sip_code: int) -> str:
    call.sip_code = sip_code
    return status


def _hang_up_later(network: Network, call: Call, limit_s: float | None = None) -> None:
    if limit_s is not None:
        network.spawn(_hang_up(call, limit_s), f"twilio limit of {call.sid}")
    phone = call.phone or FarPhone()
    if phone.talks_s is not None:
        network.spawn(_talk(network, call, phone, phone.talks_s), f"twilio far end of {call.sid}")


async def _record(network: Network, call: Call, order: Order) -> None:
    recording = network.begin_recording(call, "OutboundAPI", order.channels)
    begun_s = network.pace.seconds()
    await network.until(lambda: call.is_over)
    network.end_recording(recording, network.pace.seconds() - begun_s, order.recording_news)


async def _talk(network: Network, call: Call, phone: FarPhone, talks_s: float) -> None:
    await network.until(lambda: call.is_over or _talks(call, phone))
    await _hang_up(call, talks_s)


def _talks(call: Call, phone: FarPhone) -> bool:
    """Tell whether it is joined with somebody, or listens to what is for itself."""
    if call.is_joined or call.parent is not None or phone.presses:
        return call.is_joined
    return call.doing not in ("", "Redirect", "Dial")


async def _hang_up(call: Call, after_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(after_s * call.pace.scale):
            await call.over.wait()
    call.interrupt_by(LineBrokenOffError(None))


async def _detect(network: Network, call: Call, order: Order) -> None:
    await call.rest(network.pace.machine_detection_s)
    _set_answered_by(call, order)


def _set_answered_by(call: Call, order: Order) -> None:
    found = (call.phone or FarPhone()).answered_by
    call.answered_by = "machine_end_beep" if order.detects == "DetectMessageEnd" and "machine" in found else found


async def _detect_aside(network: Network, call: Call, order: Order) -> None:
    """Tell what answered while the document is executed: voice/answering-machine-detection#asyncamd."""
    await network.until(lambda: call.is_over, network.pace.machine_detection_s)
    if call.is_over:
        return
    _set_answered_by(call, order)
    fields = {name: common(call)[name] for name in ("CallSid", "AccountSid")} | {
        "AnsweredBy": call.answered_by,
        "MachineDetectionDuration": str(round(network.pace.machine_detection_s * 1000)),
    }
    network.callbacks.post("amd", order.async_url, fields, sid=call.sid)
