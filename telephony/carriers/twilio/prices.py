"""What a call costs: as the provider says, or by a tariff table. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from math import ceil

_MINUTE_S = 60


class CostSource(StrEnum):
    """Who says what a call costs."""

    PROVIDER = "provider"
    TARIFF = "tariff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a call costs; `amount` is what is charged, never negative; `currency` is ISO 4217."""

    amount: Decimal
    currency: str
    source: CostSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The price of a begun minute to numbers that begin with `prefix`, e.g. `+3598`; '' is every number."""

    prefix: str
    a_minute: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What the operator pays, as a table."""

    currency: str
    rates: tuple[Rate, ...]


def cost_of(
    *, price: str | Decimal | None, currency: str, number: str, seconds: float | None, tariff: Tariff | None
) -> Cost | None:
    """Return the provider's price where it has one by now, else the tariff's; None when neither knows."""
    return provider_cost(price, currency) or tariff_cost(number, seconds, tariff)


def provider_cost(price: str | Decimal | None, currency: str) -> Cost | None:
    """Return the provider's own price: a charge comes negative from one cloud and positive from another."""
    unit = currency.strip().upper()
    if price is None or not (len(unit) == 3 and unit.isascii() and unit.isalpha()):
        return None
    try:
        amount = Decimal(price)
    except InvalidOperation:
        return None
    return Cost(amount=abs(amount), currency=unit, source=CostSource.PROVIDER) if amount.is_finite() else None


def tariff_cost(number: str, seconds: float | None, tariff: Tariff | None) -> Cost | None:
    """Return the price of so many seconds to this number, every begun minute whole; the longest prefix counts.

    None when there is no rate for the number, or `seconds` is not known.
    """
    if tariff is None or seconds is None:
        return None
    rate = _rate(number, tariff.rates)
    if rate is None:
        return None
    minutes = ceil(max(seconds, 0.0) / _MINUTE_S)
    return Cost(amount=rate.a_minute * minutes, currency=tariff.currency, source=CostSource.TARIFF)


def _rate(number: str, rates: Iterable[Rate]) -> Rate | None:
    fitting = (rate for rate in rates if number.startswith(rate.prefix))
    return max(fitting, key=lambda rate: len(rate.prefix), default=None)
