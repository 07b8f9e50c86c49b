"""Reads one customer as other programs write them: a line of CSV or an object of JSON."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from telephony.calls.model import AgentId, Channel, CustomerId
from telephony.calls.numbers import read_caller
from telephony.customers.record import Customer, Identity

Fact = str | int | float | bool

_CHANNEL_COLUMNS = {
    "phones": Channel.PHONE,
    "emails": Channel.EMAIL,
    "sms": Channel.SMS,
    "chat": Channel.CHAT,
    "telegram": Channel.TELEGRAM,
    "whatsapp": Channel.WHATSAPP,
    "viber": Channel.VIBER,
}
_OF_NUMBERS = frozenset({Channel.PHONE, Channel.SMS, Channel.WHATSAPP, Channel.VIBER})
_OTHER_COLUMNS = frozenset({"id", "name", "language", "personal_agent", "note", "facts"})
_FACT_PREFIX = "facts."
_FACT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCustomer:
    """A customer with what the customer's numbers are called: one label for each identity, '' for none."""

    customer: Customer
    labels: tuple[str, ...]


def read_customer(fields: Mapping[str, object], *, region: str) -> ImportedCustomer:
    """Return the customer, or raise ValueError saying what is wrong and what is allowed.

    `id` and `name` must be there. `phones`, `emails`, `telegram` ... hold one value, several separated by `;`, or a
    list; a phone may say what it is: `mobile: 0888 123 456`. Facts are an object `facts` or columns `facts.tier`.
    """
    unknown = [name for name in fields if name not in _known_columns() and not name.startswith(_FACT_PREFIX)]
    if unknown:
        raise ValueError(
            f"unknown column {unknown[0]!r}: allowed are {', '.join(sorted(_known_columns()))}, facts.NAME"
        )
    identities = dict(_identities(fields, region))
    customer = Customer(
        id=CustomerId(_required(fields, "id")),
        name=_required(fields, "name"),
        language=_text(fields, "language") or None,
        personal_agent=AgentId(agent) if (agent := _text(fields, "personal_agent")) else None,
        note=_text(fields, "note"),
        identities=tuple(identities),
        facts=dict(_facts(fields)),
    )
    return ImportedCustomer(customer=customer, labels=tuple(identities.values()))


def _known_columns() -> frozenset[str]:
    return _OTHER_COLUMNS | _CHANNEL_COLUMNS.keys()


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int):
        raise ValueError(f"{name} must be text, is {value!r}"[:200])
    return str(value).strip()


def _required(fields: Mapping[str, object], name: str) -> str:
    text = _text(fields, name)
    if not text:
        raise ValueError(f"{name} is missing")
    return text


def _identities(fields: Mapping[str, object], region: str) -> Iterator[tuple[Identity, str]]:
    for column, channel in _CHANNEL_COLUMNS.items():
        for written in _several(fields, column):
            label, colon, value = written.rpartition(":") if channel in _OF_NUMBERS else ("", "", written)
            yield (
                Identity(channel=channel, value=_address(channel, value.strip(), region)),
                label.strip() if colon else "",
            )


def _several(fields: Mapping[str, object], name: str) -> list[str]:
    value = fields.get(name)
    written = [str(item) for item in value] if isinstance(value, list) else _text(fields, name).split(";")
    return [item.strip() for item in written if item.strip()]


def _address(channel: Channel, value: str, region: str) -> str:
    if channel in _OF_NUMBERS:
        number = read_caller(value, region=region, extensions="(?!)").e164
        if number is None:
            raise ValueError(
                f"{value[:40]!r} is not a telephone number: write it as +359888123456 or as dialled in {region}"
            )
        return number
    if channel is Channel.EMAIL and not _EMAIL.fullmatch(value):
        raise ValueError(f"{value[:80]!r} is not an e-mail address")
    return value.lower() if channel is Channel.EMAIL else value


def _facts(fields: Mapping[str, object]) -> Iterator[tuple[str, Fact]]:
    given = fields.get("facts") or {}
    if not isinstance(given, Mapping):
        raise ValueError("facts must be an object")
    columns = {name.removeprefix(_FACT_PREFIX): v for name, v in fields.items() if name.startswith(_FACT_PREFIX)}
    for name, value in {**given, **columns}.items():
        if value is None or value == "":
            continue
        if not _FACT_NAME.fullmatch(str(name)):
            raise ValueError(f"the fact {name!r} must be named with letters, digits and _")
        if not isinstance(value, str | int | float | bool):
            raise ValueError(f"the fact {name} must be text, a number, true or false")
        yield str(name), _number_or_text(value) if name in columns else value


def _number_or_text(value: Fact) -> Fact:
    """Return what a CSV cell means; codes with a leading zero stay text."""
    text = str(value).strip()
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if re.fullmatch(r"-?(0|[1-9]\d{0,15})", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?(0|[1-9]\d{0,15})\.\d{1,15}", text) else text
