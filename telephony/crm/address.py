"""Puts values into a source's address. No value can lead to another host or another path. Pure."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

from telephony.errors import LookupFailedError

PLACE = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")
LONGEST_VALUE = 200
_NO_SEGMENTS = frozenset({"", ".", ".."})


def names_in(template: str) -> frozenset[str]:
    """Return the names of the values that an address has places for."""
    return frozenset(PLACE.findall(template))


def address(template: str, values: Mapping[str, str]) -> str:
    """Return the address with every `{name}` filled in, percent-encoded.

    Raises LookupFailedError for a value that is missing, too long, or would make the path another one.
    """
    path, question, query = template.partition("?")
    filled = "/".join(_segments(path, values))
    return filled + question + PLACE.sub(lambda place: quote(value_of(place[1], values), safe=""), query)


def _segments(path: str, values: Mapping[str, str]) -> Iterator[str]:
    for segment in path.split("/"):
        names = PLACE.findall(segment)
        for name in names:
            # %2F is decoded by many a server before it looks at the path
            if any(char in "/\\" or not char.isprintable() for char in value_of(name, values)):
                raise LookupFailedError(f"value '{name}' cannot stand in an address")
        filled = PLACE.sub(lambda place: value_of(place[1], values), segment)
        if names and filled in _NO_SEGMENTS:
            raise LookupFailedError(f"value '{names[0]}' is empty or cannot stand in an address")
        yield PLACE.sub(lambda place: quote(value_of(place[1], values), safe=""), segment)


def value_of(name: str, values: Mapping[str, str]) -> str:
    """Return a value. Raises LookupFailedError when the flow gives none, or one that nobody could mean."""
    value = values.get(name)
    if value is None:
        raise LookupFailedError(f"the flow gives no value '{name}', which this source needs")
    if len(value) > LONGEST_VALUE:
        raise LookupFailedError(f"value '{name}' is longer than {LONGEST_VALUE} characters")
    return value


def check_address_template(text: str) -> str:
    """Return an address with places for values. Raises ValueError telling what is allowed."""
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.fragment:
        raise ValueError(f"must be an address such as https://shop.example/orders/{{order}}, is {text!r}")
    if url.username is not None or url.password is not None:
        raise ValueError("must not hold a user or password; put them into a header as $RINGSIDE_NAME")
    if "{" in url.netloc or "}" in url.netloc:
        raise ValueError(f"must have no {{name}} before its path, is {text!r}")
    if not url.path and PLACE.search(text):
        raise ValueError(f"must have a path before '?', e.g. https://shop.example/?order={{order}}, is {text!r}")
    if "{" in PLACE.sub("", text) or "}" in PLACE.sub("", text):
        raise ValueError(f"must name values as {{order}}: small letters, digits and _, is {text!r}")
    return text
