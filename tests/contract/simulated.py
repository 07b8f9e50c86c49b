"""The simulated carrier on the suite's stage."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telephony.calls.model import LegId
from telephony.carriers.simulated import Caller, Pace, SimulatedCarrier, Telephone
from tests.contract.run import OUTSIDE_NUMBER, PHONES, Exchange
from tests.contract.script import Script
from tests.fakes.house import FakeClock

OUTSIDE = f"PJSIP/{OUTSIDE_NUMBER}@trunk"


class SimulatedStage:
    """Callers and phones on paper."""

    name = "simulated"
    outside = OUTSIDE

    def __init__(self, carrier: SimulatedCarrier) -> None:
        self.carrier = carrier

    async def calls(self, script: Script, called: str) -> None:
        self.carrier.call(Caller(number=script.facts.caller, called=called, keys=script.keys, message_s=0.05))

    async def presses(self, leg_id: LegId, keys: str) -> None:
        """Nothing: the line knows the caller's keys from the beginning."""


@asynccontextmanager
async def simulated_stage(exchange: Exchange) -> AsyncIterator[SimulatedStage]:
    telephones = [
        Telephone(endpoint=endpoint, answers_after_s=0.02, talks_s=0.05) for endpoint in (*PHONES.values(), OUTSIDE)
    ]
    async with SimulatedCarrier(exchange, FakeClock(), telephones, Pace(prompt_s=0.001, key_s=0.001)) as carrier:
        yield SimulatedStage(carrier)
