"""Calls that are transferred, forwarded, picked up, parked, redirected or cut off; see ledger_scenes."""

from tests.integration.ledger_scenes import Stage, talk


async def blind_transfer(s: Stage) -> None:
    call = s.dial_in("35921001")
    first = (await s.p101.rung()).ring().answer()
    await call.answered()
    await talk(0.5)
    first.move_to("102")
    second = (await s.p102.rung()).ring()
    await talk(0.3)
    second.answer()
    await second.answered()
    await talk(0.7)
    call.hang_up()
    await second.ended()


async def attended_transfer(s: Stage) -> None:
    call = s.dial_in("35921001")
    first = (await s.p101.rung()).ring().answer()
    await call.answered()
    await talk(0.5)
    consult = s.p101.call("102")
    second = (await s.p102.rung()).ring().answer()
    await consult.answered()
    await talk(0.5)
    first.join_to(consult)
    await first.transferred()
    await talk(1.0)
    call.hang_up()
    await second.ended()


async def semi_attended_transfer(s: Stage) -> None:
    call = s.dial_in("35921001")
    first = (await s.p101.rung()).ring().answer()
    await call.answered()
    await talk(0.5)
    consult = s.p101.call("102")
    second = (await s.p102.rung()).ring()
    await consult.rings()
    first.join_to(consult)
    await first.transferred()
    await talk(0.3)
    second.answer()
    await second.answered()
    await talk(0.7)
    call.hang_up()
    await second.ended()


async def attended_by_caller(s: Stage) -> None:
    """The agent who placed the call moves the customer to a colleague."""
    call = s.p101.call("0888123456")
    customer = (await s.trunk.rung()).ring().answer()
    await call.answered()
    await talk(0.5)
    consult = s.p101.call("102")
    second = (await s.p102.rung()).ring().answer()
    await consult.answered()
    await talk(0.4)
    call.join_to(consult)
    await call.transferred()
    await talk(0.8)
    customer.hang_up()
    await second.ended()


async def two_merged(s: Stage) -> None:
    """One agent holds two callers and joins them."""
    call = s.dial_in("35921001")
    first = (await s.p101.rung()).ring().answer()
    await call.answered()
    await talk(0.3)
    other = s.trunk.call("35921001", caller="+359899000111")
    second = (await s.p101.rung()).ring().answer()
    await other.answered()
    await talk(0.3)
    first.join_to(second)
    await first.transferred()
    await talk(0.6)
    call.hang_up()
    await other.ended()


async def forwarded(s: Stage) -> None:
    call = s.dial_in("35921001")
    (await s.p101.rung()).forward("102")
    phone = (await s.p102.rung()).ring().answer()
    await call.answered()
    await talk(0.6)
    call.hang_up()
    await phone.ended()


async def picked_up(s: Stage) -> None:
    call = s.dial_in("35921001")
    ringing = (await s.p101.rung()).ring()
    await talk(0.3)
    taker = s.p102.call("*8")
    await taker.answered()
    await ringing.ended()
    await talk(0.6)
    call.hang_up()
    await taker.ended()


async def parked(s: Stage) -> None:
    call = s.dial_in("35921001")
    first = (await s.p101.rung()).ring().answer()
    await call.answered()
    await talk(0.4)
    first.move_to("800")
    await first.transferred()
    await talk(0.8)
    taker = s.p102.call("801")
    await taker.answered()
    await talk(0.6)
    taker.hang_up()
    await call.ended()


async def conference(s: Stage) -> None:
    first = s.p101.call("701")
    await first.answered()
    await talk(0.8)
    second = s.p102.call("701")
    await second.answered()
    await talk(1.5)
    second.hang_up()
    await talk(0.4)
    first.hang_up()
    await talk(0.3)


async def redirected(s: Stage) -> None:
    """Somebody moves the caller with AMI Redirect."""
    call = s.dial_in("35921001")
    first = (await s.p101.rung()).ring().answer()
    await call.answered()
    await talk(0.4)
    await s.ami.redirect("PJSIP/trunk", "102@agents")
    second = (await s.p102.rung()).ring().answer()
    await first.ended()
    await second.answered()
    await talk(0.5)
    call.hang_up()
    await second.ended()


async def agent_redirected(s: Stage) -> None:
    """Somebody moves the agent's leg away with AMI Redirect; the caller is let go."""
    call = s.dial_in("35921001")
    first = (await s.p101.rung()).ring().answer()
    await call.answered()
    await talk(0.4)
    await s.ami.redirect("PJSIP/101", "102@agents")
    second = (await s.p102.rung()).ring().answer()
    await call.ended()
    await second.answered()
    await talk(0.5)
    first.hang_up()
    await second.ended()


async def asterisk_dies(s: Stage) -> None:
    call = s.dial_in("35921001")
    (await s.p101.rung()).ring().answer()
    await call.answered()
    await talk(0.4)
    await s.restart()
