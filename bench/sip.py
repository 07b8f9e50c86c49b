"""The few SIP and RTP messages that the bench's own callers and phones speak."""

import re
import struct
from dataclasses import dataclass

SSRC = 0x2B3C4D5E
EVENT, ULAW = 101, 0


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came. `head` is its first line, `lines` are the header's others."""

    head: str
    lines: tuple[str, ...]
    body: str

    def all(self, name: str) -> list[str]:
        """Return every value of a header, in order."""
        start = f"{name}: "
        return [line[len(start) :] for line in self.lines if line.startswith(start)]

    def one(self, name: str) -> str:
        """Return a header's value; '' when it is missing."""
        return next(iter(self.all(name)), "")

    @property
    def code(self) -> int:
        """The status of an answer; 0 for a request."""
        return int(self.head[8:11]) if self.head.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method of a request or of what an answer answers."""
        return self.one("CSeq").partition(" ")[2]

    @property
    def media_port(self) -> int:
        """The port of the offered or answered audio; 0 for none."""
        found = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        return int(found[1]) if found else 0


def read(data: bytes) -> Message:
    """Read one datagram."""
    header, _, body = data.decode(errors="replace").partition("\r\n\r\n")
    head, *lines = header.split("\r\n")
    return Message(head, tuple(lines), body)


def write(head: str, *lines: str, body: str = "") -> bytes:
    """Return a message as it goes out."""
    media = ("Content-Type: application/sdp",) if body else ()
    return "\r\n".join((head, *lines, *media, f"Content-Length: {len(body)}", "", body)).encode()


def reply(to: Message, status: str, *, tag: str = "", contact: str = "", body: str = "") -> bytes:
    """Return an answer to a request; `tag` is given to a To that has none."""
    party = to.one("To")
    if tag and ";tag=" not in party:
        party += f";tag={tag}"
    lines = [*(f"Via: {via}" for via in to.all("Via")), f"From: {to.one('From')}", f"To: {party}"]
    lines += [f"Call-ID: {to.one('Call-ID')}", f"CSeq: {to.one('CSeq')}"]
    return write(f"SIP/2.0 {status}", *lines, *((f"Contact: <{contact}>",) if contact else ()), body=body)


def offer(host: str, port: int) -> str:
    """Return a session description: mu-law and keys by RFC 4733."""
    lines = (
        "v=0", f"o=bench 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0",
        f"m=audio {port} RTP/AVP {ULAW} {EVENT}", "a=rtpmap:0 PCMU/8000", f"a=rtpmap:{EVENT} telephone-event/8000",
        f"a=fmtp:{EVENT} 0-15", "a=ptime:20", "",
    )  # fmt: skip
    return "\r\n".join(lines)


def silence(packet: int) -> bytes:
    """Return 20 ms of silence; Asterisk's Answer() waits for two of them."""
    return _rtp(ULAW, False, 1 + packet, 160 * packet, b"\xff" * 160)


def key(digit: str, press: int, packet: int, *, end: bool) -> bytes:
    """Return one packet of a pressed key (RFC 4733); `press` counts the call's keys from 1."""
    sound = struct.pack(">BBH", "0123456789*#".index(digit), 0x8A if end else 0x0A, 160 * min(packet + 1, 6))
    return _rtp(EVENT, packet == 0, 1000 * press + packet, 160_000 * press, sound)


def _rtp(kind: int, marker: bool, seq: int, stamp: int, payload: bytes) -> bytes:
    return struct.pack(">BBHII", 0x80, kind | (marker << 7), seq, stamp, SSRC) + payload
