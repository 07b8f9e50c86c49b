"""The settings of what calls cost."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from telephony.settings.section import Section
from telephony.settings.words import CURRENCY

_PRICE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,8})?", re.ASCII)
_WHERE = re.compile(r"(\+[1-9][0-9]{0,14}|client:|sip:)?", re.ASCII)


def check_price(text: str) -> str:
    """Return a price; '' stays ''."""
    if text and not _PRICE.fullmatch(text):
        raise ValueError(f'must be a price in quotes such as "0.015", is {text!r}')
    return text


def check_where(text: str) -> str:
    """Return the beginning of what is called."""
    if not _WHERE.fullmatch(text):
        raise ValueError(f'must be the beginning of a number such as "+359", "client:" or "sip:", one is {text[:40]!r}')
    return text


Price = Annotated[str, AfterValidator(check_price)]


class Tariff(Section):
    """What a begun minute costs, for calls whose price nobody tells; as text, for money is no binary fraction."""

    currency: str = Field(default="EUR", pattern=CURRENCY, description="Of all its prices, e.g. `EUR`.")
    incoming: Price = Field(
        default="", description='A minute of a call that came, e.g. `"0.0085"`; empty: nothing is known.'
    )
    rates: dict[Annotated[str, AfterValidator(check_where)], Price] = Field(
        default={},
        description=(
            'A minute to numbers, by how they begin; the longest one counts: `{"+359" = "0.02", "+35988" = "0.15"}`.'
        ),
    )
