"""The least AMI client: logs in and gives each Newstate of a ringing agent's phone."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench import places

RINGING = re.compile(rb"\r\nChannel: PJSIP/(5\d{3})-[^\r]*\r\nChannelState: 5\r\n")
CALLER = re.compile(rb"\r\nConnectedLineNum: ([^\r]*)\r\n")


@asynccontextmanager
async def events(secret: str) -> AsyncIterator[asyncio.StreamReader]:
    """Give the stream of events."""
    reader, writer = await asyncio.open_connection(places.HOST, places.AMI_PORT, limit=1 << 20)
    writer.write(f"Action: Login\r\nUsername: ringside\r\nSecret: {secret}\r\n\r\n".encode())
    await writer.drain()
    try:
        yield reader
    finally:
        writer.close()


async def ringing(secret: str) -> AsyncIterator[tuple[str, str, bytes]]:
    """Give the extension, the caller's number and the whole event of each phone that rings."""
    async with events(secret) as reader:
        while True:
            event = await reader.readuntil(b"\r\n\r\n")
            phone = RINGING.search(event) if event.startswith(b"Event: Newstate") else None
            caller = CALLER.search(event) if phone else None
            if phone and caller:
                yield phone[1].decode(), caller[1].decode(), event


async def listen_only(secret: str) -> None:
    """Read everything and do nothing, so that Asterisk has somebody to tell its events."""
    async with events(secret) as reader:
        while await reader.read(1 << 16):
            pass
