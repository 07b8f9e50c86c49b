"""What calls cost by the operator's own table, until the provider has said so, or for lines that name no price."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from telephony.calls.costs import Cost, CostSource, sum_of
from telephony.calls.model import CallRecord, Direction, LedgerLeg

BETWEEN = ""
"""In place of a carrier's name: the caller is on a cloud's line, and Asterisk had the rest of the call."""
_MINUTE_S = 60
_CLIENT = "client:"
ReadE164 = Callable[[str], str | None]
"""Gives a dialled number as `+<country><number>`; None for what is no number outside."""


def international(number: str) -> str | None:
    """Return a number that is written internationally already."""
    return number if number.startswith("+") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The price of a begun minute to what begins with `prefix`: `+3598`, `client:`, `sip:`; '' is every number."""

    prefix: str
    a_minute: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What the operator pays, as a table."""

    currency: str
    rates: tuple[Rate, ...] = ()
    """For calls to others; of those whose prefix fits, the longest counts."""
    incoming: Decimal | None = None
    """The price of a begun minute of a call that comes in; None when that is free, or not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariffs:
    """The tables of all carriers, by the carrier's name."""

    of: Mapping[str, Tariff]
    e164: ReadE164 = international
    """Numbers stand in records as they were dialled."""
    cloud: str = "twilio"
    """Whose callers Asterisk may serve."""
    pbx: str = "asterisk"

    def cost_of(self, record: CallRecord, carrier: str) -> Cost | None:
        """Return what a finished call costs by the table of the carrier that has its caller; None when that is silent.

        Of legs that are parts only the way to Asterisk is in it: for `BETWEEN` the caller's, as long as the call.
        """
        tariff = self.of.get(self.cloud if carrier == BETWEEN else carrier)
        if tariff is None:
            return None
        return sum_of(_known(record_cost(record, tariff, self.e164), *_ways(record, carrier, tariff)))

    def cost_beside(self, record: CallRecord) -> Cost | None:
        """Return what the legs that are parts cost by Asterisk's table; None for none, and when that is silent."""
        tariff = self.of.get(self.pbx)
        return None if tariff is None else record_cost(record, tariff, self.e164, parts=True)


def record_cost(
    record: CallRecord, tariff: Tariff, e164: ReadE164 = international, *, parts: bool = False
) -> Cost | None:
    """Return the price of all legs that crossed the company's border; None when the table has a rate for none.

    Of a call that came in, the first leg is the caller's; of all others, the number is what was called. Legs that are
    parts of the call at Asterisk are left out, or with `parts` all others are.
    """
    legs = ((place, leg) for place, leg in enumerate(record.legs) if leg.is_part is parts)
    return sum_of(_known(*(_leg_cost(record, place, leg, tariff, e164) for place, leg in legs)))


def tariff_cost(number: str, seconds: float | None, tariff: Tariff | None) -> Cost | None:
    """Return the price of so many seconds to this number, every begun minute whole; the longest prefix counts.

    None when there is no rate for the number, or `seconds` is not known.
    """
    if tariff is None or seconds is None:
        return None
    rate = _rate(number, tariff.rates)
    return None if rate is None else _cost(rate.a_minute, seconds, tariff)


def _ways(record: CallRecord, carrier: str, cloud: Tariff) -> Iterator[Cost | None]:
    if carrier == BETWEEN and record.legs:
        yield tariff_cost(f"sip:{record.called}", _lasted_s(record), cloud)
    elif carrier != BETWEEN:
        for leg in record.legs:
            if leg.is_part:
                yield tariff_cost(f"sip:{leg.number}", _answered_s(leg), cloud)


def _known(*costs: Cost | None) -> Iterator[Cost]:
    return (cost for cost in costs if cost is not None)


def _leg_cost(record: CallRecord, place: int, leg: LedgerLeg, tariff: Tariff, e164: ReadE164) -> Cost | None:
    seconds = _answered_s(leg)
    if record.direction is Direction.INBOUND and place == 0:
        return None if tariff.incoming is None else _cost(tariff.incoming, seconds or _lasted_s(record), tariff)
    # Asterisk tells no number of a leg that it originated; where there is one, the caller's is our own end
    number = leg.number or (record.called if place == 0 else "")
    is_ours = record.direction is not Direction.INBOUND and bool(leg.number) and leg.number == record.caller
    return None if is_ours else tariff_cost(_address(leg, number, e164), seconds, tariff)


def _cost(a_minute: Decimal, seconds: float, tariff: Tariff) -> Cost:
    minutes = ceil(max(seconds, 0.0) / _MINUTE_S)
    return Cost(amount=a_minute * minutes, currency=tariff.currency, source=CostSource.TARIFF)


def _answered_s(leg: LedgerLeg) -> float | None:
    if leg.answered_at is None or leg.ended_at is None:
        return None
    return (leg.ended_at - leg.answered_at).total_seconds()


def _lasted_s(record: CallRecord) -> float:
    return (record.ended_at - record.started_at).total_seconds() if record.ended_at else 0.0


def _address(leg: LedgerLeg, number: str, e164: ReadE164) -> str:
    """Return what was called, as tables write it: a number in E.164, a browser's client, or a SIP phone of ours."""
    if leg.channel.startswith(_CLIENT):
        return leg.channel
    plain = number.removeprefix("tel:")
    return e164(plain) or f"sip:{plain}"


def _rate(number: str, rates: Iterable[Rate]) -> Rate | None:
    fitting = (rate for rate in rates if number.startswith(rate.prefix or "+"))
    return max(fitting, key=lambda rate: len(rate.prefix), default=None)
