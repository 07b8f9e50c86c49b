"""What a call costs, and who says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum


class CostSource(StrEnum):
    """Who says what a call costs. The provider, who sends the bill, is believed before a table."""

    PROVIDER = "provider"
    TARIFF = "tariff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a call costs; `amount` is what is charged, never negative; `currency` is ISO 4217."""

    amount: Decimal
    currency: str
    source: CostSource


def provider_cost(price: str | Decimal | None, currency: str) -> Cost | None:
    """Return the provider's own price: a charge comes negative from one cloud and positive from another.

    None when there is none yet, or it is no amount of money.
    """
    unit = currency.strip().upper()
    if price is None or not (len(unit) == 3 and unit.isascii() and unit.isalpha()):
        return None
    try:
        amount = Decimal(price)
    except InvalidOperation:
        return None
    return Cost(amount=abs(amount), currency=unit, source=CostSource.PROVIDER) if amount.is_finite() else None


def together(cost: Cost | None, beside: Cost | None) -> tuple[Cost | None, Cost | None]:
    """Return what two carriers' shares of a call come to, and what is not in that: the second, in another currency."""
    whole = sum_of(share for share in (cost, beside) if share is not None)
    return (cost, beside) if whole is None else (whole, None)


def sum_of(costs: Iterable[Cost]) -> Cost | None:
    """Return what legs that are billed apart cost together; None for none, and when their currencies differ.

    Free legs count in any currency. The sum is the provider's only when all that is paid is.
    """
    parts = list(costs)
    paid = [part for part in parts if part.amount]
    units = {part.currency for part in paid} or {part.currency for part in parts[:1]}
    if len(units) != 1:
        return None
    all_told = all(part.source is CostSource.PROVIDER for part in paid or parts)
    return Cost(
        amount=sum((part.amount for part in paid), Decimal(0)),
        currency=units.pop(),
        source=CostSource.PROVIDER if all_told else CostSource.TARIFF,
    )
