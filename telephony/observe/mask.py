"""Hides telephone numbers in log lines that forgot to: the second line of defence."""

import re
from collections.abc import Mapping, MutableMapping
from datetime import datetime
from typing import Any

NUMBER = re.compile(
    r"(?<![\w.:/-])"  # not within an id, a time, a path or a UUID
    r"(\+?\d(?:[ ()-]?\d){6,17})"
    r"(?![\w]|[.:-]\d)"  # an Asterisk id is 1700000000.12, a date 2026-12-24
)
PHONE_URI = re.compile(r"(?<=sip:|tel:)\+?\d{7,18}")
CHANNEL_NUMBER = re.compile(r"(?<=/)\+?\d{7,18}(?=[-@]|$)")
KEEP_DIGITS = 2
IDS = frozenset({"timestamp", "level", "logger", "call_id", "leg_id", "linkedid", "uniqueid", "pop_id", "id", "ticket"})
DEEPEST = 4


def mask_text(text: str) -> str:
    """Return the text with all but the last two digits of telephone numbers hidden."""
    if not any(char.isdigit() for char in text):
        return text
    for pattern in (PHONE_URI, CHANNEL_NUMBER, NUMBER):
        text = pattern.sub(_hidden, text)
    return text


def _hidden(found: re.Match[str]) -> str:
    return "…" + "".join(char for char in found[0] if char.isdigit())[-KEEP_DIGITS:]


def mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask every text of a log event but ids and times (a structlog processor)."""
    for key, value in event.items():
        if key not in IDS:
            event[key] = _masked(value, 0)
    return event


def _masked(value: object, depth: int) -> object:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, bool | int | float | datetime | None) or depth >= DEEPEST:
        return value
    if isinstance(value, Mapping):
        return {key: _masked(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(item, depth + 1) for item in value]
    return mask_text(str(value))
