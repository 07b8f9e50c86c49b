"""A house on two carriers: the fake Twilio has the callers, a real Asterisk the agents' phones."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from telephony.calls.ledger import Ledger, Numbering
from telephony.calls.model import AgentId
from telephony.carriers.asterisk.archive import CelArchive
from telephony.carriers.asterisk.carrier import AsteriskCarrier
from telephony.carriers.asterisk.settings import AsteriskSettings
from telephony.carriers.twilio.carrier import TwilioCarrier
from telephony.carriers.twilio.rest import Rest
from telephony.journey.carriers import Carriers
from telephony.journey.inbound import Inbound
from telephony.routing.agents import Agent
from telephony.routing.queues import Queue
from telephony.timeline.entry import CallEntry
from tests.fakes.flows import flows
from tests.fakes.house import IVAN, MARIA, SALES, FakeClock, House, open_house
from tests.fakes.twilio import Caller, FakeTwilio, FarPhone, Pace
from tests.integration.asterisk import AsteriskInstance
from tests.unit.carriers.twilio.cloud import FiledPrompts, PaperRecordings, write_wav
from tests.unit.carriers.twilio.house import PUBLIC, account
from tests.waiting import until

OURS = "+35924000000"
EMMA = "+447700900104"
MARIAS, IVANS = "PJSIP/111", "PJSIP/112"
MARIAS_SIP = "sip:111@pbx.example.com"
FLOW = """
flow: main
languages: [en]
start: sales_line
no_keys: sales_line
nodes:
  sales_line: {type: queue, queue: sales, wait_s: 120, otherwise: bye}
  bye: {type: hangup, say: goodbye}
"""


class WallClock(FakeClock):
    """The machine's clock: a real Asterisk keeps no other."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class Both:
    """The house and what it is joined to."""

    house: House
    twilio: FakeTwilio
    asterisk: AsteriskCarrier

    async def calls(self, from_: str = EMMA) -> Caller:
        """Let somebody call who is held in the line at once."""
        return await self.twilio.incoming(to=OURS, from_=from_)

    async def card(self, agent: AgentId, phase: str) -> dict[str, object]:
        """Wait until the agent has seen a card in this phase."""
        seen = self.house.screens.calls
        return await until(lambda: next((card for card in seen(agent) if card["phase"] == phase), None))  # type: ignore[return-value]

    def cards(self, agent: AgentId) -> set[object]:
        """Return the pops that the agent has seen, each once."""
        return {card["pop_id"] for card in self.house.screens.calls(agent)}

    async def entry(self, call_id: str, *, legs: int) -> CallEntry:
        """Wait for the entry of a call, with so many legs."""

        def find() -> CallEntry | None:
            entry = next((each for key, each in self.house.timeline.entries.items() if key == call_id), None)
            return entry if entry and len(entry.record.legs) == legs else None

        return await until(find)  # type: ignore[return-value]


def agent(name: AgentId, endpoint: str) -> Agent:
    extension = endpoint.removeprefix("PJSIP/")
    return Agent(id=name, name=name.title(), extension=extension, endpoint=endpoint, queues=frozenset({SALES}))


@asynccontextmanager
async def both_carriers(
    asterisk: AsteriskInstance, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Both]:
    monkeypatch.setattr("tests.fakes.house.FakeClock", WallClock)
    (folder / "prompts").mkdir(parents=True, exist_ok=True)
    for name in ("goodbye", "one_moment", "all_busy"):
        write_wav(folder / f"prompts/{name}.wav", seconds=1)
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(flows(FLOW), queue=Queue(name=SALES, wrap_up_s=2)))
        house.floor.staff([agent(MARIA, MARIAS), agent(IVAN, IVANS)])
        house.books.ledger = Ledger(Numbering(phones=house.floor.endpoints(), trunks=frozenset({"PJSIP/trunk"})))
        house.books.archive = CelArchive(asterisk.cel_file)
        twilio = await FakeTwilio(pace=Pace(scale=1.0)).__aenter__()
        pbx = AsteriskCarrier(
            AsteriskSettings(port=asterisk.ports.ami, secret=asterisk.ami_secret, agi_port=asterisk.ports.agi),
            house.switchboard,
            FiledPrompts(),
            house.clock,
        )
        given = account(
            account_sid=twilio.account_sid, auth_token=twilio.auth_token, api_base_url=twilio.url, recordings_dir=folder
        )
        rest = await stack.enter_async_context(Rest(given, house.clock))
        cloud = TwilioCarrier(
            given, house.switchboard, FiledPrompts(), house.clock, calls=rest, recordings=PaperRecordings()
        )
        carriers = Carriers([pbx, cloud])
        assert isinstance(house.switchboard.way, Inbound)
        waiting = house.switchboard.way.waiting
        waiting.carrier, waiting.heard, house.desk.carrier = carriers, carriers.heard, carriers
        await _serve(stack, cloud, twilio)
        await stack.enter_async_context(pbx)
        await stack.enter_async_context(cloud)
        stack.push_async_exit(twilio)
        twilio.phones[MARIAS_SIP] = FarPhone(rings_after_s=0.7, answers_after_s=1.6, talks_s=None)
        await until(lambda: house.switchboard.up == {"asterisk", "twilio"})
        house.ready(MARIA)
        yield Both(house, twilio, pbx)


async def _serve(stack: AsyncExitStack, cloud: TwilioCarrier, twilio: FakeTwilio) -> None:
    app = web.Application()
    cloud.add_to(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    twilio.resolves(PUBLIC, f"http://127.0.0.1:{runner.addresses[0][1]}")
    twilio.owns(
        OURS,
        f"{PUBLIC}/twilio/voice?flow=main",
        fallback_url=f"{PUBLIC}/twilio/fallback",
        status_callback=f"{PUBLIC}/twilio/status",
    )
