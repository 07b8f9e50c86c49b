"""A SIP phone for tests that does what SIPp cannot, such as joining two of its calls with REFER and Replaces."""

import asyncio
import re
import struct
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, Self

from tests.waiting import PATIENCE_S

SDP = "\r\n".join(
    (
        "v=0",
        "o=phone 1 1 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        "m=audio {rtp} RTP/AVP 0",
        "a=rtpmap:0 PCMU/8000",
        "",
    )
)


class Message:
    """One SIP message, as far as a test needs it."""

    def __init__(self, data: bytes) -> None:
        head, _, self.body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        self.first, *lines = head.split("\r\n")
        self.headers: list[tuple[str, str]] = [
            (name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)
        ]

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def status(self) -> int:
        """The code of a response; 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return self.get("cseq").split()[-1]


def _tag(header: str) -> str:
    found = re.search(r";tag=([^;>\s]+)", header)
    return found.group(1) if found else ""


def _uri(header: str) -> str:
    found = re.search(r"<([^>]+)>", header)
    return found.group(1) if found else header.partition(";")[0].strip()


class Call:
    """One side of one SIP dialog."""

    def __init__(self, phone: "Phone", call_id: str, *, local: str, remote: str, target: str) -> None:
        self.phone = phone
        self.call_id = call_id
        self.local = local
        self.remote = remote
        self.target = target
        self.cseq = 1
        self.invite: Message | None = None
        self.branch = ""
        self.code = 0
        self.media = ""
        self.replied = ("", "")
        self.was_ringing = asyncio.Event()
        self.was_answered = asyncio.Event()
        self.was_ended = asyncio.Event()
        self.was_taken = asyncio.Event()

    async def speak(self, seconds: float) -> None:
        """Send sound (silence, in packets): Asterisk joins Local channels only when sound passes."""
        offered = re.search(r"m=audio (\d+)", self.media)
        assert offered is not None, "the other side has offered no sound"
        loop = asyncio.get_running_loop()
        line, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", self.phone.port + 2000)
        )
        try:
            for n in range(int(seconds / 0.02)):
                packet = struct.pack(">BBHII", 0x80, 0, n, 160 * n, id(self) & 0xFFFFFFFF) + b"\xff" * 160
                line.sendto(packet, ("127.0.0.1", int(offered.group(1))))
                await asyncio.sleep(0.02)
        finally:
            line.close()

    # --- waiting, always with a limit

    async def rings(self) -> Self:
        await asyncio.wait_for(self.was_ringing.wait(), PATIENCE_S)
        return self

    async def answered(self) -> Self:
        await asyncio.wait_for(self.was_answered.wait(), PATIENCE_S)
        return self

    async def ended(self, limit_s: float = 30.0) -> int:
        """Wait for the end and give the last status code of the INVITE."""
        await asyncio.wait_for(self.was_ended.wait(), limit_s)
        return self.code

    async def transferred(self) -> None:
        """Wait until Asterisk has taken a REFER."""
        await asyncio.wait_for(self.was_taken.wait(), PATIENCE_S)

    # --- a called phone

    def ring(self) -> Self:
        self._reply(180, "Ringing")
        return self

    def answer(self) -> Self:
        self._reply(200, "OK", body=self.phone.sdp)
        return self

    def decline(self, code: int = 486, text: str = "Busy Here") -> None:
        self._reply(code, text)
        self.code = code
        self.was_ended.set()

    def forward(self, to: str) -> None:
        self._reply(302, "Moved Temporarily", extra=f"Contact: <sip:{to}@127.0.0.1:{self.phone.pbx_port}>\r\n")
        self.was_ended.set()

    # --- either side

    def hang_up(self) -> None:
        if self.was_ended.is_set():
            return
        self.was_ended.set()
        self.request("BYE")

    def cancel(self) -> None:
        self._send_request("CANCEL", branch=self.branch)

    def move_to(self, number: str) -> None:
        """Blind transfer: the other side shall talk to this number."""
        self._refer(f"<sip:{number}@127.0.0.1:{self.phone.pbx_port}>")

    def join_to(self, other: "Call") -> None:
        """Attended transfer: the other side shall talk to the other side of this other call."""
        replaces = f"{other.call_id}%3Bto-tag%3D{_tag(other.remote)}%3Bfrom-tag%3D{_tag(other.local)}"
        self._refer(f"<{other.target}?Replaces={replaces}>")

    def request(self, method: str, extra: str = "", body: str = "") -> None:
        self.cseq += 1
        self._send_request(method, extra=extra, body=body)

    # --- the wire

    def take(self, message: Message) -> None:
        if message.status:
            self._take_response(message)
        else:
            self._take_request(message)

    def _take_response(self, message: Message) -> None:
        if message.method == "REFER" and message.status >= 200:
            self.was_taken.set()
        if message.method != "INVITE":
            return
        if message.status >= 180:
            self.remote = message.get("to")
            self.was_ringing.set()
        if message.status >= 200:
            self.code = message.status
            self.media = message.body
            self._settled(message)

    def _settled(self, message: Message) -> None:
        if message.status < 300:
            self.target = _uri(message.get("contact"))
            self._send_request("ACK")
            self.was_answered.set()
        else:
            self._send_request("ACK", branch=self.branch)
            self.was_ended.set()

    def _take_request(self, message: Message) -> None:
        again = self.invite is not None and message.get("cseq") == self.invite.get("cseq")
        match message.method:
            case "INVITE" if again:
                if self.replied[0]:  # Asterisk has not had our reply yet
                    self.phone.send(*self.replied)
            case "INVITE":
                self._reply(200, "OK", body=self.phone.sdp, to=message)
            case "ACK":
                self.was_answered.set()
            case "BYE":
                self._reply(200, "OK", to=message)
                self.was_ended.set()
            case "CANCEL":
                self._reply(200, "OK", to=message)
                self._reply(487, "Request Terminated")
                self.code = 487
                self.was_ended.set()
            case _:
                self._reply(200, "OK", to=message)

    def _refer(self, to: str) -> None:
        self.request("REFER", extra=f"Refer-To: {to}\r\nReferred-By: <sip:{self.phone.user}@127.0.0.1>\r\n")

    def _send_request(self, method: str, *, branch: str = "", extra: str = "", body: str = "") -> None:
        branch = branch or f"z9hG4bK{uuid.uuid4().hex}"
        if method == "INVITE":
            self.branch = branch
        # the ACK and CANCEL of an INVITE carry its number, and ours is always the first request
        cseq = 1 if method in {"ACK", "CANCEL"} else self.cseq
        head = (
            f"{method} {self.target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.phone.port};branch={branch}\r\n"
            f"From: {self.local}\r\nTo: {self.remote}\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {cseq} {method}\r\n"
            f"Contact: <sip:{self.phone.user}@127.0.0.1:{self.phone.port}>\r\nMax-Forwards: 70\r\n{extra}"
        )
        self.phone.send(head, body)

    def _reply(self, code: int, text: str, *, to: Message | None = None, body: str = "", extra: str = "") -> None:
        asked = to or self.invite
        assert asked is not None, "nothing to reply to"
        via = "".join(f"Via: {value}\r\n" for value in asked.all("via"))
        route = "".join(f"Record-Route: {value}\r\n" for value in asked.all("record-route"))
        contact = extra or f"Contact: <sip:{self.phone.user}@127.0.0.1:{self.phone.port}>\r\n"
        to_header = asked.get("to") if _tag(asked.get("to")) else self.local
        head = (
            f"SIP/2.0 {code} {text}\r\n{via}{route}From: {asked.get('from')}\r\nTo: {to_header}\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: {asked.get('cseq')}\r\n{contact}"
        )
        if asked is self.invite:
            self.replied = (head, body)
        self.phone.send(head, body)


class Phone(asyncio.DatagramProtocol):
    """A phone at a fixed port, known to Asterisk by a static contact."""

    def __init__(self, user: str, port: int, pbx_port: int) -> None:
        self.user = user
        self.port = port
        self.pbx_port = pbx_port
        self.sdp = SDP.format(rtp=port + 2000)
        self.calls: dict[str, Call] = {}
        self.arrived: asyncio.Queue[Call] = asyncio.Queue()
        self.habit: Callable[[Call], Coroutine[Any, Any, None]] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", self.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        for call in list(self.calls.values()):
            call.hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._transport is not None:
            self._transport.close()

    def call(self, number: str, *, caller: str = "", name: str = "") -> Call:
        """Place a call; a trunk gives the caller's number, a phone its own."""
        escaped = name.replace('"', r"\"")
        shown = f'"{escaped}" ' if name else ""
        local = f"{shown}<sip:{caller or self.user}@127.0.0.1:{self.port}>;tag={uuid.uuid4().hex}"
        target = f"sip:{number}@127.0.0.1:{self.pbx_port}"
        call = Call(self, uuid.uuid4().hex, local=local, remote=f"<{target}>", target=target)
        self.calls[call.call_id] = call
        call._send_request("INVITE", extra="Content-Type: application/sdp\r\n", body=self.sdp)
        return call

    async def rung(self) -> Call:
        """Wait for the next call to this phone."""
        return await asyncio.wait_for(self.arrived.get(), PATIENCE_S)

    def send(self, head: str, body: str) -> None:
        kind = "Content-Type: application/sdp\r\n" if body and "Content-Type" not in head else ""
        data = f"{head}{kind}Content-Length: {len(body)}\r\n\r\n{body}".encode()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, ("127.0.0.1", self.pbx_port))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = Message(data)
        call = self.calls.get(message.get("call-id"))
        if call is not None:
            call.take(message)
        elif message.first.startswith("INVITE "):
            self._arrive(message)

    def _arrive(self, message: Message) -> None:
        call = Call(
            self,
            message.get("call-id"),
            local=f"{message.get('to')};tag={uuid.uuid4().hex}",
            remote=message.get("from"),
            target=_uri(message.get("contact")),
        )
        call.invite = message
        call.media = message.body
        self.calls[call.call_id] = call
        if self.habit is None:
            self.arrived.put_nowait(call)
            return
        task = asyncio.get_running_loop().create_task(self.habit(call), name=f"phone {self.user}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
