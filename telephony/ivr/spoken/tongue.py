"""What a language knows about saying values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from telephony.ivr.spoken.kinds import Kind

MINUS = "_minus"
AND = "_and"

CENTURIES = range(18, 22)
"""The centuries whose years can be said, as the first two digits of a year."""


class Gender(StrEnum):
    """The gender of what is counted; English has no use for it."""

    MASCULINE = "m"
    FEMININE = "f"
    NEUTER = "n"


class Form(StrEnum):
    """The form of a noun after a number: 1 рубль, 2 рубля, 5 рублей. Only Russian has `FEW`."""

    ONE = "one"
    FEW = "few"
    MANY = "many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """Something that is counted."""

    gender: Gender
    forms: Mapping[Form, str]

    def texts(self, name: str) -> dict[str, str]:
        """Return a piece for each form: `_rub_one`, `_rub_few`, `_rub_many`."""
        return {f"_{name}_{form}": text for form, text in self.forms.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """The nouns of a currency: the euro and its cent."""

    major: Noun
    minor: Noun

    def texts(self, name: str) -> dict[str, str]:
        """Return the pieces of both nouns: `_eur_one`, `_eur_minor_one` and so on."""
        return self.major.texts(name) | self.minor.texts(f"{name}_minor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """A language: its pieces, and the rules for putting them in a row.

    `cardinal` says a whole number that counts things of a gender, `form` tells the noun's form after it,
    `decimal` says a whole part and its hundredths (1 to 99), `clock` an hour and a minute.
    `counted` is the gender of a number that counts nothing in particular. `between_coins` stands between the major
    and the minor unit of a sum. `texts` has every piece of each kind but the names of currencies.
    """

    cardinal: Callable[[int, Gender], list[str]]
    form: Callable[[int], Form]
    decimal: Callable[[int, int], list[str]]
    clock: Callable[[int, int], list[str]]
    counted: Gender
    between_coins: tuple[str, ...]
    currencies: Mapping[str, Currency]
    texts: Mapping[Kind, Mapping[str, str]]


def thousands_of(whole: int) -> tuple[int, int, int]:
    """Return the millions, the thousands and the rest, each 0 to 999."""
    millions, below = divmod(whole, 1_000_000)
    thousands, rest = divmod(below, 1_000)
    return millions, thousands, rest


def numbered(stem: str, texts: Mapping[int, str]) -> dict[str, str]:
    """Return the texts under ids that end with their number: `_day21`."""
    return {f"_{stem}{number}": text for number, text in texts.items()}


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


def compounds(tens: Mapping[int, str], joint: str, units: Mapping[int, str]) -> dict[int, str]:
    """Return twenty-one to ninety-nine for these units, 1 to 9 or a few of them."""
    return {ten + unit: f"{word}{joint}{text}" for ten, word in tens.items() for unit, text in units.items()}
