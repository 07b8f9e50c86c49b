"""What a call costs, and who says so."""

from decimal import Decimal

import pytest

from telephony.carriers.twilio.prices import Cost, CostSource, Rate, Tariff, cost_of, provider_cost, tariff_cost

TARIFF = Tariff(
    currency="EUR",
    rates=(
        Rate(prefix="+359", a_minute=Decimal("0.02")),
        Rate(prefix="+35988", a_minute=Decimal("0.15")),
        Rate(prefix="client:", a_minute=Decimal("0.004")),
    ),
)


def amount(number: str, seconds: float | None) -> Decimal | None:
    cost = tariff_cost(number, seconds, TARIFF)
    return cost.amount if cost else None


@pytest.mark.parametrize("price", ["-0.00850", "0.0085", Decimal("-0.0085")])
def test_a_charge_is_positive_whatever_sign_the_cloud_writes(price: str | Decimal) -> None:
    assert provider_cost(price, "usd") == Cost(amount=Decimal("0.0085"), currency="USD", source=CostSource.PROVIDER)


@pytest.mark.parametrize(
    ("price", "currency"), [(None, "USD"), ("", "USD"), ("free", "USD"), ("NaN", "USD"), ("-1", ""), ("-1", "dollars")]
)
def test_a_price_that_is_not_there_yet_or_no_number_or_without_currency_is_none(
    price: str | None, currency: str
) -> None:
    assert provider_cost(price, currency) is None


def test_a_call_that_was_free_costs_nothing_and_is_known_to() -> None:
    assert provider_cost("0", "USD") == Cost(amount=Decimal(0), currency="USD", source=CostSource.PROVIDER)


def test_every_begun_minute_is_paid_whole() -> None:
    assert [amount("+35921234567", s) for s in (0, 1, 60, 60.2, 61, 120)] == [
        Decimal(minutes) * Decimal("0.02") for minutes in (0, 1, 1, 2, 2, 2)
    ]


def test_the_longest_prefix_counts() -> None:
    assert amount("+359888100200", 30) == Decimal("0.15")
    assert amount("client:maria", 30) == Decimal("0.004")


def test_a_number_without_a_rate_and_a_call_of_unknown_length_have_no_price() -> None:
    assert amount("+4930123456", 30) is None
    assert amount("+35921234567", None) is None
    assert tariff_cost("+35921234567", 30, None) is None


def test_the_provider_is_believed_before_the_table() -> None:
    said = cost_of(price="-0.5", currency="USD", number="+359888100200", seconds=30, tariff=TARIFF)
    by_table = cost_of(price=None, currency="USD", number="+359888100200", seconds=30, tariff=TARIFF)
    neither = cost_of(price=None, currency="", number="+359888100200", seconds=30, tariff=None)
    assert said == Cost(amount=Decimal("0.5"), currency="USD", source=CostSource.PROVIDER)
    assert by_table == Cost(amount=Decimal("0.15"), currency="EUR", source=CostSource.TARIFF)
    assert neither is None
