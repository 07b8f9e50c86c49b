"""What kinds of values can be spoken."""

from enum import StrEnum


class Kind(StrEnum):
    """A kind of value, as authors write it."""

    NUMBER = "number"
    DIGITS = "digits"
    DATE = "date"
    TIME = "time"
    MONEY = "money"


LANGUAGES = frozenset({"en", "ru", "bg"})
CURRENCIES = frozenset({"EUR", "BGN", "USD", "GBP", "RUB"})
