"""Calls that a company really has, played on a real Asterisk with phones of our own; each leaves its CEL rows."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from tests.integration.softphone import Call, Phone

CALLER = "+359888123456"


class Ami(Protocol):
    async def originate(self, channel: str, to: str, *, caller_id: str, limit_ms: int = 10_000) -> None:
        """Have Asterisk call a channel and then send it to `extension@context`."""
        ...

    async def redirect(self, endpoint: str, to: str) -> None:
        """Move the latest channel of an endpoint to `extension@context`."""
        ...


@dataclass(frozen=True, kw_only=True)
class Stage:
    trunk: Phone
    p101: Phone
    p102: Phone
    p103: Phone
    ami: Ami
    restart: Callable[[], Awaitable[None]]

    def dial_in(self, number: str) -> Call:
        return self.trunk.call(number, caller=CALLER, name='Ivan, "Vanko" Петров')


Scene = Callable[[Stage], Awaitable[None]]


async def talk(seconds: float) -> None:
    """People talk for a while; the length is what the ledger shall measure."""
    await asyncio.sleep(seconds)


async def simple(s: Stage) -> None:
    call = s.dial_in("35921001")
    phone = (await s.p101.rung()).ring()
    await talk(0.3)
    phone.answer()
    await call.answered()
    await talk(1.0)
    call.hang_up()
    await phone.ended()


async def agent_hangs_up(s: Stage) -> None:
    call = s.dial_in("35921001")
    phone = (await s.p101.rung()).ring().answer()
    await call.answered()
    await talk(0.5)
    phone.hang_up()
    await call.ended()


async def unanswered(s: Stage) -> None:
    call = s.dial_in("35921002")
    (await s.p101.rung()).ring()
    await call.ended()


async def busy(s: Stage) -> None:
    call = s.dial_in("35921001")
    (await s.p101.rung()).decline()
    await call.ended()


async def declined(s: Stage) -> None:
    call = s.dial_in("35921001")
    (await s.p101.rung()).ring().decline(603, "Decline")
    await call.ended()


async def abandoned(s: Stage) -> None:
    call = s.dial_in("35921001")
    phone = (await s.p101.rung()).ring()
    await call.rings()
    await talk(0.5)
    call.cancel()
    await call.ended()
    await phone.ended()


async def unknown_number(s: Stage) -> None:
    await s.dial_in("35929999").ended()


async def _three_ring(s: Stage, call: Call) -> None:
    others = [(await phone.rung()).ring() for phone in (s.p101, s.p103)]
    winner = (await s.p102.rung()).ring()
    await talk(0.3)
    winner.answer()
    await call.answered()
    await asyncio.gather(*(other.ended() for other in others))
    await talk(0.8)
    call.hang_up()
    await winner.ended()


async def ring_all(s: Stage) -> None:
    await _three_ring(s, s.dial_in("35921003"))


async def local_group(s: Stage) -> None:
    call = s.dial_in("35921004")
    loser = (await s.p101.rung()).ring()
    winner = (await s.p102.rung()).ring().answer()
    await call.answered()
    await loser.ended()
    await talk(0.8)
    winner.hang_up()
    await call.ended()


async def local_kept(s: Stage) -> None:
    call = s.dial_in("35921005")
    phone = (await s.p101.rung()).ring().answer()
    await call.answered()
    await talk(0.8)
    call.hang_up()
    await phone.ended()


async def local_optimised(s: Stage) -> None:
    call = s.dial_in("35921005")
    phone = (await s.p101.rung()).ring().answer()
    await call.answered()
    await asyncio.gather(call.speak(0.8), phone.speak(0.8))
    call.hang_up()
    await phone.ended()


async def queue_with_retries(s: Stage) -> None:
    call = s.dial_in("35921006")
    for phone in (s.p101, s.p102):  # the first round: nobody answers
        (await phone.rung()).ring()
    (await s.p101.rung()).decline()
    second = (await s.p102.rung()).ring().answer()
    await second.answered()
    await talk(0.8)
    call.hang_up()
    await second.ended()


async def queue_abandoned(s: Stage) -> None:
    call = s.dial_in("35921006")
    for phone in (s.p101, s.p102):
        (await phone.rung()).ring()
    await call.answered()
    call.hang_up()
    await talk(0.3)


async def queue_timeout(s: Stage) -> None:
    call = s.dial_in("35921016")
    for phone in (s.p101, s.p102):
        (await phone.rung()).ring()
    await call.ended()


async def queue_of_locals(s: Stage) -> None:
    call = s.dial_in("35921007")
    (await s.p101.rung()).ring()
    answered = (await s.p102.rung()).ring().answer()
    await talk(0.8)
    call.hang_up()
    await answered.ended()


async def ivr_only(s: Stage) -> None:
    call = s.dial_in("35921008")
    await call.answered()
    await call.ended()


async def ivr_caller_gives_up(s: Stage) -> None:
    call = s.dial_in("35921008")
    await call.answered()
    await talk(0.2)
    call.hang_up()
    await talk(0.2)


async def ivr_then_agent(s: Stage) -> None:
    call = s.dial_in("35921015")
    await call.answered()
    phone = (await s.p101.rung()).ring().answer()
    await talk(0.8)
    phone.hang_up()
    await call.ended()


async def agi_then_agent(s: Stage) -> None:
    call = s.dial_in("35921009")
    phone = (await s.p101.rung()).ring().answer()
    await talk(0.8)
    phone.hang_up()
    await call.ended()


async def agent_ends_then_survey(s: Stage) -> None:
    call = s.dial_in("35921014")
    phone = (await s.p101.rung()).ring().answer()
    await talk(0.5)
    phone.hang_up()
    await call.ended()


async def voicemail(s: Stage) -> None:
    call = s.dial_in("35921010")
    await call.answered()
    await talk(1.0)
    call.hang_up()
    await talk(0.3)


async def recorded_message(s: Stage) -> None:
    call = s.dial_in("35921012")
    await call.answered()
    await call.ended()


async def second_agent_after_the_first(s: Stage) -> None:
    call = s.dial_in("35921013")
    (await s.p101.rung()).ring()
    phone = (await s.p102.rung()).ring().answer()
    await call.answered()
    await talk(0.5)
    call.hang_up()
    await phone.ended()


async def outgoing(s: Stage) -> None:
    call = s.p101.call("0888123456")
    customer = (await s.trunk.rung()).ring()
    await talk(0.3)
    customer.answer()
    await call.answered()
    await talk(0.8)
    customer.hang_up()
    await call.ended()


async def outgoing_unanswered(s: Stage) -> None:
    call = s.p101.call("0888123456")
    customer = (await s.trunk.rung()).ring()
    await call.rings()
    await talk(0.3)
    call.cancel()
    await customer.ended()


async def internal(s: Stage) -> None:
    call = s.p101.call("102")
    phone = (await s.p102.rung()).ring().answer()
    await call.answered()
    await talk(0.5)
    call.hang_up()
    await phone.ended()
