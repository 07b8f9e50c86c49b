"""The telephone exchange's side of a browser phone (SIP over a web socket, RFC 7118), as far as one call needs it."""

import asyncio
import re
from contextlib import asynccontextmanager

from aiohttp import WSMsgType, web

# What Chromium itself offers for sound; nobody is behind the addresses, so no sound flows.
OFFER = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 0
c=IN IP4 127.0.0.1
a=rtcp-mux
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=mid:0
a=sendrecv
a=rtpmap:0 PCMU/8000
""".format(fingerprint=":".join(["AB"] * 32)).replace("\n", "\r\n")


class SipWall:
    """Registers one phone, rings it, and tells what it said."""

    def __init__(self) -> None:
        self.url = ""
        self.registered = asyncio.Event()
        self.answers: asyncio.Queue[int] = asyncio.Queue()
        self.hung_up = asyncio.Event()
        self._socket: web.WebSocketResponse | None = None

    @asynccontextmanager
    async def opens(self):
        app = web.Application()
        app.router.add_get("/ws", self._phone)
        runner = web.AppRunner(app, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"ws://127.0.0.1:{runner.addresses[0][1]}/ws"
        try:
            yield self
        finally:
            if self._socket:
                await self._socket.close()
            await runner.cleanup()

    async def ring(self) -> None:
        await self._send(self._request("INVITE", 1), OFFER)

    async def hang_up(self) -> None:
        await self._send(self._request("BYE", 2))

    async def final_answer(self, limit_s: float = 10.0) -> int:
        async with asyncio.timeout(limit_s):
            while (status := await self.answers.get()) < 200:
                pass
            return status

    async def _phone(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("sip",))
        await socket.prepare(request)
        self._socket = socket
        async for message in socket:
            if message.type is WSMsgType.TEXT and message.data.strip():
                await self._heard(message.data)
        return socket

    async def _heard(self, text: str) -> None:
        first = text.split("\r\n", 1)[0]
        if first.startswith("SIP/2.0 "):
            await self._answered(int(first.split()[1]), text)
        elif first.startswith("REGISTER"):
            contact = re.search(r"^Contact: *(.*)$", text, re.MULTILINE).group(1).strip()
            await self._send(self._ok(text, f"Contact: {contact};expires=120\r\n"))
            self.registered.set()
        elif first.startswith("BYE"):
            await self._send(self._ok(text))
            self.hung_up.set()

    async def _answered(self, status: int, text: str) -> None:
        if "INVITE" not in re.search(r"^CSeq: *(.*)$", text, re.MULTILINE).group(1):
            return
        self._to = re.search(r"^To: *(.*)$", text, re.MULTILINE).group(1).strip()
        if status >= 200:
            await self._send(self._request("ACK", 1, self._to))
        self.answers.put_nowait(status)

    def _ok(self, text: str, more: str = "") -> str:
        kept = [line for line in text.split("\r\n") if re.match(r"(Via|From|To|Call-ID|CSeq):", line)]
        kept = [line + (";tag=wall" if line.startswith("To:") and "tag=" not in line else "") for line in kept]
        return "SIP/2.0 200 OK\r\n" + "\r\n".join(kept) + "\r\n" + more

    def _request(self, method: str, number: int, to: str | None = None) -> str:
        to = to or (self._to if method != "INVITE" else "<sip:101@127.0.0.1>")
        return (
            f"{method} sip:101@127.0.0.1;transport=ws SIP/2.0\r\n"
            f"Via: SIP/2.0/WS 127.0.0.1;branch=z9hG4bK{method}{number}\r\n"
            'From: "Elena" <sip:+359888123456@127.0.0.1>;tag=elena\r\n'
            f"To: {to}\r\nCall-ID: wall-1\r\nCSeq: {number} {method}\r\nMax-Forwards: 70\r\n"
            "Contact: <sip:wall@127.0.0.1;transport=ws>\r\n"
        )

    async def _send(self, head: str, body: str = "") -> None:
        kind = "Content-Type: application/sdp\r\n" if body else ""
        await self._socket.send_str(f"{head}{kind}Content-Length: {len(body)}\r\n\r\n{body}")
