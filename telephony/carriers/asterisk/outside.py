"""Where a telephone outside is reached, and whether a flow may call it. Pure."""

import re
from collections.abc import Iterable

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def outside_endpoint(number: str, *, dial: str, allow: Iterable[str]) -> str | None:
    """Return the address of an international number; None when it is none, or the company does not allow it.

    `dial` holds `{number}`, '' allows nobody; `allow` has the beginnings of the numbers that may be called.
    """
    if not dial or not _E164.fullmatch(number) or not number.startswith(tuple(allow)):
        return None
    return dial.replace("{number}", number)
