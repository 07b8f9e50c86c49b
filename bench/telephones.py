"""Callers and agents' phones of the bench's own, which note when things happen: `python -m bench.telephones`.

One thread, two sockets for all callers and one for all phones. What comes in is stamped by the kernel, so that a busy
caller does not make the server look slow. Prints one JSON object at the end.
"""

import argparse
import heapq
import json
import re
import selectors
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from bench import places, sip

STAMPS = 35
"""SO_TIMESTAMPNS of Linux: the time at which the kernel took a datagram in, with each message."""
QUIET_S = 0.12
"""A prompt has ended when nothing was heard for so long."""
THINKING_S = 0.1
LAST_CALLS_S = 15.0


@dataclass(slots=True, kw_only=True)
class Call:
    """One caller's call."""

    id: str
    number: str
    to: str
    began: float
    sent: bytes = b""
    media: int = 0
    pressed: int = 0
    heard_ns: int = 0
    heard_since_key: bool = False
    key_ended_ns: int = 0
    ended: bool = False


@dataclass(slots=True, kw_only=True)
class Report:
    """What was seen. Times are nanoseconds since 1970."""

    calls: int = 0
    ended: int = 0
    refused: int = 0
    key_to_sound_ms: list[float] = field(default_factory=list)
    answer_to_sound_ms: list[float] = field(default_factory=list)
    rang_ns: dict[str, int] = field(default_factory=dict)
    """When the phone said that it rings, by the caller's number."""


class Telephones:
    """Places calls at a rate and answers the agents' phones, until all calls are over."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self._asked = asked
        self._pbx = (places.HOST, places.SIP_PORT)
        self._caller, self._media = _socket(places.CALLERS_PORT), _socket(places.CALLERS_MEDIA_PORT)
        self._phone = _socket(places.PHONES_PORT)
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._calls: dict[str, Call] = {}
        self._by_media: dict[int, Call] = {}
        self._rung: dict[str, bytes] = {}
        self._last_sent: dict[str, bytes] = {}
        self.report = Report()

    def run(self) -> Report:
        """Place all calls and wait for their ends."""
        total = int(self._asked.rate * self._asked.seconds)
        for i in range(total):
            self._later(0.2 + i / self._asked.rate, lambda i=i: self._dial(i))  # type: ignore[misc]
        with selectors.DefaultSelector() as ready:
            for each, take in (
                (self._caller, self._on_caller),
                (self._media, self._on_media),
                (self._phone, self._on_phone),
            ):
                ready.register(each, selectors.EVENT_READ, take)
            deadline = time.monotonic() + 0.2 + self._asked.seconds + LAST_CALLS_S
            while time.monotonic() < deadline and (self.report.calls < total or self._calls):
                self._fire()
                wait_s = max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else 0.1
                for found, _ in ready.select(min(wait_s, 0.1)):
                    _take_all(found.fileobj, found.data)  # type: ignore[arg-type]
        return self.report

    # --- callers ---

    def _dial(self, i: int) -> None:
        number = places.number_of((self._asked.first + i * 7919) % places.CUSTOMERS)
        to = self._asked.to or str(places.FIRST_EXTENSION + (self._asked.first + i) % places.AGENTS)
        call = Call(id=f"{self._asked.first}-{i}-{time.time_ns()}", number=number, to=to, began=time.monotonic())
        self._calls[call.id] = call
        self.report.calls += 1
        call.sent = sip.write(*self._request("INVITE", call, 1), body=sip.offer(places.HOST, places.CALLERS_MEDIA_PORT))
        self._caller.sendto(call.sent, self._pbx)

    def _request(self, method: str, call: Call, cseq: int, tag: str = "") -> tuple[str, ...]:
        target = f"sip:{call.to}@{places.HOST}:{places.SIP_PORT}"
        here = f"{places.HOST}:{places.CALLERS_PORT}"
        return (
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{call.id}{method}",
            f"From: <sip:{call.number}@{here}>;tag=c{call.id}",
            f"To: <{target}>{tag}",
            f"Call-ID: {call.id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:caller@{here}>",
            "Max-Forwards: 70",
        )

    def _on_caller(self, data: bytes, _source: object, _at_ns: int) -> None:
        message = sip.read(data)
        call = self._calls.get(message.one("Call-ID"))
        if message.method == "BYE" and not message.code:
            self._caller.sendto(sip.reply(message, "200 OK"), self._pbx)
            self._end(call, ended=True)
        elif call is not None and message.method == "INVITE" and message.code >= 200:
            tag = message.one("To").partition(";")[2]
            self._caller.sendto(sip.write(*self._request("ACK", call, 1, f";{tag}")), self._pbx)
            if message.code >= 300:
                self._end(call, ended=False)
            elif not call.media:
                self._answered(call, message.media_port)

    def _answered(self, call: Call, media: int) -> None:
        call.media = media
        self._by_media[media] = call
        for packet in (0, 1):
            self._media.sendto(sip.silence(packet), (places.HOST, media))
        if self._asked.keys:
            call.key_ended_ns = time.time_ns()
            self._later(QUIET_S, lambda: self._listen(call))

    def _listen(self, call: Call) -> None:
        """Press the next key once the prompt is over."""
        if call.ended or call.pressed >= len(self._asked.keys):
            return
        if call.heard_since_key and time.time_ns() - call.heard_ns > QUIET_S * 1e9:
            self._later(THINKING_S, lambda: self._press(call, 0))
        else:
            self._later(0.03, lambda: self._listen(call))

    def _press(self, call: Call, packet: int) -> None:
        key, press = self._asked.keys[call.pressed], call.pressed + 1
        if call.ended:
            return
        if packet < 5:
            self._media.sendto(sip.key(key, press, packet, end=False), (places.HOST, call.media))
            self._later(0.02, lambda: self._press(call, packet + 1))
            return
        call.pressed, call.heard_since_key = press, False
        call.key_ended_ns = time.time_ns()
        # The end is sent three times, as the RFC asks; Asterisk acts on the first.
        for last in range(3):
            self._media.sendto(sip.key(key, press, 5 + last, end=True), (places.HOST, call.media))
        self._later(QUIET_S, lambda: self._listen(call))

    def _on_media(self, _data: bytes, source: object, at_ns: int) -> None:
        call = self._by_media.get(source[1])  # type: ignore[index]
        if call is None:
            return
        call.heard_ns = at_ns
        if call.key_ended_ns and at_ns >= call.key_ended_ns:
            kept = self.report.key_to_sound_ms if call.pressed else self.report.answer_to_sound_ms
            kept.append((at_ns - call.key_ended_ns) / 1e6)
            call.key_ended_ns, call.heard_since_key = 0, True

    def _end(self, call: Call | None, *, ended: bool) -> None:
        if call is None or call.ended:
            return
        call.ended = True
        self._calls.pop(call.id, None)
        self._by_media.pop(call.media, None)
        self.report.ended += ended
        self.report.refused += not ended

    # --- phones ---

    def _on_phone(self, data: bytes, _source: object, _at_ns: int) -> None:
        message = sip.read(data)
        if message.code:
            return
        if message.method == "INVITE":
            self._ring(message)
        elif message.method == "CANCEL":
            self._phone.sendto(sip.reply(message, "200 OK"), self._pbx)
        elif message.method == "BYE":
            self._phone.sendto(sip.reply(message, "200 OK"), self._pbx)
            self._rung.pop(message.one("Call-ID"), None)

    def _ring(self, invite: sip.Message) -> None:
        call_id = invite.one("Call-ID")
        if call_id in self._rung:
            return
        ringing = sip.reply(invite, "180 Ringing", tag="p" + call_id[:8], contact=self._here)
        self._rung[call_id] = ringing
        number = re.search(r"sip:(\+?\d+)@", invite.one("From"))
        self.report.rang_ns[number[1] if number else "?"] = time.time_ns()
        self._phone.sendto(ringing, self._pbx)
        self._later(self._asked.ring_s, lambda: self._pick_up(invite))

    def _pick_up(self, invite: sip.Message) -> None:
        call_id = invite.one("Call-ID")
        body = sip.offer(places.HOST, places.CALLERS_MEDIA_PORT)
        answer = sip.reply(invite, "200 OK", tag="p" + call_id[:8], contact=self._here, body=body)
        self._phone.sendto(answer, self._pbx)
        self._later(self._asked.talk_s, lambda: self._hang_up(invite))

    def _hang_up(self, invite: sip.Message) -> None:
        call_id = invite.one("Call-ID")
        target = invite.one("Contact").strip("<>")
        bye = (
            f"BYE {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {places.HOST}:{places.PHONES_PORT};branch=z9hG4bK{call_id}",
            f"From: {invite.one('To')};tag=p{call_id[:8]}",
            f"To: {invite.one('From')}",
            f"Call-ID: {call_id}",
            "CSeq: 1 BYE",
            "Max-Forwards: 70",
        )
        self._phone.sendto(sip.write(*bye), self._pbx)

    @property
    def _here(self) -> str:
        return f"sip:phone@{places.HOST}:{places.PHONES_PORT}"

    # --- time ---

    def _later(self, after_s: float, do: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._timers, (time.monotonic() + after_s, self._count, do))

    def _fire(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            heapq.heappop(self._timers)[2]()


def _socket(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, STAMPS, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    made.bind((places.HOST, port))
    made.setblocking(False)
    return made


def _take_all(from_: socket.socket, take: Callable[[bytes, object, int], None]) -> None:
    for _ in range(200):  # then others get a turn
        try:
            data, extra, _, source = from_.recvmsg(4096, 64)
        except (BlockingIOError, ConnectionRefusedError):
            return
        take(data, source, _stamp(extra))


def _stamp(extra: list[tuple[int, int, bytes]]) -> int:
    for level, kind, data in extra:
        if level == socket.SOL_SOCKET and kind == STAMPS:
            seconds, nanoseconds = struct.unpack("qq", data[:16])
            return int(seconds * 1_000_000_000 + nanoseconds)
    return time.time_ns()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--to", default="", help="the number dialled; without it each call goes to the next agent's phone"
    )
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--keys", default="", help="pressed one after each prompt")
    parser.add_argument("--first", type=int, default=0, help="the customer who calls first")
    parser.add_argument("--ring-s", type=float, default=0.3)
    parser.add_argument("--talk-s", type=float, default=0.3)
    print(json.dumps(asdict(Telephones(parser.parse_args()).run())))


if __name__ == "__main__":
    main()
