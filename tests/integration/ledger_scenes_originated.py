"""Calls that Asterisk places by itself; see ledger_scenes."""

from tests.integration.ledger_scenes import Stage, talk


async def click_to_call(s: Stage) -> None:
    await s.ami.originate("PJSIP/101", "0888123456@phones", caller_id='"Ringside" <101>')
    phone = (await s.p101.rung()).ring()
    await talk(0.3)
    phone.answer()
    customer = (await s.trunk.rung()).ring()
    await talk(0.3)
    customer.answer()
    await customer.answered()
    await talk(0.8)
    customer.hang_up()
    await phone.ended()


async def callback_customer_first(s: Stage) -> None:
    await s.ami.originate("PJSIP/0888123456@trunk", "101@agents", caller_id='"Company" <+35921000>')
    customer = (await s.trunk.rung()).ring()
    await talk(0.3)
    customer.answer()
    phone = (await s.p101.rung()).ring()
    await talk(0.3)
    phone.answer()
    await phone.answered()
    await talk(0.8)
    customer.hang_up()
    await phone.ended()


async def callback_unanswered(s: Stage) -> None:
    await s.ami.originate("PJSIP/0888123456@trunk", "101@agents", caller_id='"Company" <+35921000>', limit_ms=1500)
    customer = (await s.trunk.rung()).ring()
    await customer.ended()
