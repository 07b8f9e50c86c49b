"""Where a telephone outside is reached, and whether a flow may call it. Pure."""

import re
from collections.abc import Callable, Iterable

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_SCHEME = "tel:"
_PLACE = "{number}"


def outside_endpoint(number: str, *, dial: str, allow: Iterable[str]) -> str | None:
    """Return the address of an international number; None when it is none, or the company does not allow it.

    `dial` holds `{number}`, '' allows nobody; `allow` has the beginnings of the numbers that may be called.
    """
    if not dial or not _E164.fullmatch(number) or not number.startswith(tuple(allow)):
        return None
    return dial.replace(_PLACE, number)


def address_of(endpoint: str, *, dial: str) -> str:
    """Return Asterisk's address of an agent's phone: by `dial` for `tel:+359...`, others as they are.

    An agent's number needs no leave: whoever adds users has given it.
    """
    number = endpoint.removeprefix(_SCHEME)
    is_outside = dial and number != endpoint and _E164.fullmatch(number)
    return dial.replace(_PLACE, number) if is_outside else endpoint


def reader_of(dial: str) -> Callable[[str, str], str]:
    """Return what reads the way back: given a channel's technology and what it dials, gives `tel:+359...`, or ''."""
    technology, _, rest = dial.partition("/")
    before, _, after = rest.partition(_PLACE)
    pattern = re.compile(f"{re.escape(before)}({_E164.pattern}){re.escape(after)}", re.ASCII)

    def read(dials_by: str, dialled: str) -> str:
        found = pattern.fullmatch(dialled) if dial and dials_by == technology else None
        return _SCHEME + found[1] if found else ""

    return read
