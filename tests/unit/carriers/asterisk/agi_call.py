"""A caller on a FastAGI line, with a client that answers as a real Asterisk 22 did."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telephony.calls.model import LegId
from telephony.carriers.asterisk.carrier import AsteriskCarrier
from telephony.ports import Line
from tests.fakes.agi_client import AgiClient
from tests.fakes.ami_server import AmiServer
from tests.unit.carriers.asterisk.house import FixedClock, RenderedPrompts, WritingTaker, quick

LEG = LegId("1700000000.1")
KEYS = '"0123456789*#"'


class Call:
    """A caller on the line, seen from both sides."""

    def __init__(self, carrier: AsteriskCarrier, taker: WritingTaker, client: AgiClient, line: Line) -> None:
        self.carrier, self.taker, self.client, self.line = carrier, taker, client, line


@asynccontextmanager
async def called(*, patience: str = "", **settings: object) -> AsyncIterator[Call]:
    taker = WritingTaker()
    async with AmiServer() as ami:
        carrier = AsteriskCarrier(quick(ami.port, **settings), taker, RenderedPrompts(), FixedClock())
        async with carrier:
            server = carrier._agi._server
            assert server is not None
            async with AgiClient(server.sockets[0].getsockname()[1], leg_id=LEG, patience=patience) as client:
                yield Call(carrier, taker, client, await taker.line())
