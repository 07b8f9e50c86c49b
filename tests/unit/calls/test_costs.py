"""What a call costs, and who says so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from telephony.calls.costs import Cost, CostSource, provider_cost, sum_of, together
from telephony.calls.model import CallId, CallRecord, Direction, Disposition, LedgerLeg, LegId
from telephony.calls.tariffs import BETWEEN, Rate, Tariff, Tariffs, record_cost, tariff_cost

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


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def leg(number: str, seconds: float | None = 30, channel: str = "") -> LedgerLeg:
    return LedgerLeg(
        leg_id=LegId(number),
        channel=channel,
        number=number,
        name="",
        started_at=NOON,
        answered_at=None if seconds is None else NOON,
        ended_at=NOON + timedelta(seconds=seconds or 0),
        talk_s=0.0,
    )


def record(*legs: LedgerLeg, direction: Direction = Direction.INBOUND, called: str = "+35924000000") -> CallRecord:
    return CallRecord(
        linkedid=CallId("1"),
        direction=direction,
        caller=legs[0].number,
        called=called,
        started_at=NOON,
        answered_at=None,
        ended_at=NOON + timedelta(seconds=90),
        talk_s=0.0,
        disposition=Disposition.ANSWERED,
        hung_up_by=None,
        legs=legs,
    )


def euros(text: str) -> Cost:
    return Cost(amount=Decimal(text), currency="EUR", source=CostSource.TARIFF)


def test_of_an_incoming_call_only_what_was_called_on_costs_by_prefix() -> None:
    agent_outside = record(leg("+359888100200"), leg("101"), leg("tel:+359888300400", 61))
    assert record_cost(agent_outside, TARIFF) == euros("0.30")
    assert record_cost(record(leg("+359888100200"), leg("101")), TARIFF) is None


def test_an_incoming_call_costs_its_minutes_where_the_table_says_so() -> None:
    tariff = Tariff(currency="EUR", incoming=Decimal("0.01"))
    assert record_cost(record(leg("+359888100200", 61)), tariff) == euros("0.02")
    assert record_cost(record(leg("+359888100200", None)), tariff) == euros("0.02")


def test_an_outgoing_call_costs_what_was_called_and_not_our_own_end() -> None:
    everything = Tariff(currency="EUR", rates=(Rate(prefix="", a_minute=Decimal(1)),))
    by_agent = record(leg("101"), leg("+359888100200"), direction=Direction.OUTBOUND, called="+359888100200")
    assert record_cost(by_agent, everything) == euros("1")
    originated = record(leg(""), direction=Direction.OUTBOUND, called="+359888100200")
    assert record_cost(originated, TARIFF) == euros("0.15")


def test_numbers_are_read_as_the_company_dials_them_and_its_own_phones_are_no_numbers() -> None:
    everything = Tariff(currency="EUR", rates=(Rate(prefix="", a_minute=Decimal(1)), *TARIFF.rates))

    def e164(number: str) -> str | None:
        return f"+359{number[1:]}" if number.startswith("0") else None

    tariffs = Tariffs(of={"asterisk": everything}, e164=e164)
    call = record(leg("101"), leg("0888300400"), leg("102"), direction=Direction.OUTBOUND, called="0888300400")
    assert tariffs.cost_of(call, "asterisk") == euros("0.15")


def test_browsers_and_sip_phones_have_rates_of_their_own() -> None:
    phones = Tariff(currency="EUR", rates=(*TARIFF.rates, Rate(prefix="sip:", a_minute=Decimal("0.001"))))
    assert record_cost(record(leg("+1"), leg("maria", channel="client:maria")), phones) == euros("0.004")
    assert record_cost(record(leg("+1"), leg("101", channel="PJSIP/101")), phones) == euros("0.001")


def test_nobody_who_did_not_answer_costs_anything_by_the_table() -> None:
    assert record_cost(record(leg("+359888100200"), leg("+359888300400", None)), TARIFF) is None


def test_each_carrier_has_its_own_table() -> None:
    tariffs = Tariffs(of={"twilio": TARIFF})
    call = record(leg("+359888100200"), leg("+359888300400"))
    assert tariffs.cost_of(call, "twilio") == euros("0.15")
    assert tariffs.cost_of(call, "asterisk") is None


def test_legs_are_added_up_in_one_currency_only() -> None:
    dollar = Cost(amount=Decimal(1), currency="USD", source=CostSource.PROVIDER)
    free = Cost(amount=Decimal(0), currency="EUR", source=CostSource.PROVIDER)
    assert sum_of([dollar, dollar, free]) == Cost(amount=Decimal(2), currency="USD", source=CostSource.PROVIDER)
    assert sum_of([dollar, euros("1")]) is None
    assert sum_of([]) is None
    assert sum_of([free]) == free
    assert sum_of([free, euros("1")]) == euros("1")


CLOUD = Tariff(currency="EUR", incoming=Decimal("0.01"), rates=(Rate(prefix="sip:", a_minute=Decimal("0.004")),))


def part(number: str, seconds: float | None = 30) -> LedgerLeg:
    return replace(leg(number, seconds, f"PJSIP/{number}"), is_part=True)


def test_a_caller_of_the_clouds_whom_asterisk_served_costs_the_way_there_and_the_phones_beside() -> None:
    tables = Tariffs(of={"twilio": CLOUD, "asterisk": TARIFF})
    served = record(leg("+447700900104", None), part("101", 50), part("+359888100200", 70))
    assert tables.cost_of(served, BETWEEN) == euros("0.028")
    assert tables.cost_beside(served) == euros("0.30")
    assert together(euros("0.028"), euros("0.30")) == (euros("0.328"), None)
    assert (Tariffs(of={}).cost_of(served, BETWEEN), Tariffs(of={}).cost_beside(served)) == (None, None)


def test_phones_at_asterisk_that_the_cloud_called_cost_the_seconds_of_the_way_to_each() -> None:
    tables = Tariffs(of={"twilio": CLOUD, "asterisk": TARIFF})
    rang = record(leg("+447700900104", None), part("101", None), part("102", 70))
    assert tables.cost_of(rang, "twilio") == euros("0.028")
    assert tables.cost_beside(rang) is None


def test_what_carriers_charge_in_different_currencies_stays_apart() -> None:
    dollar = Cost(amount=Decimal(1), currency="USD", source=CostSource.PROVIDER)
    assert together(dollar, euros("1")) == (dollar, euros("1"))
    assert together(dollar, euros("0")) == (dollar, None)
    assert together(dollar, None) == (dollar, None)
    assert together(None, euros("1")) == (euros("1"), None)
    assert together(None, None) == (None, None)
