"""Takes typed values out of a YAML tree; what is wrong is told with its place and what is allowed."""

import re
from collections.abc import Iterable, Sized
from difflib import get_close_matches
from string import ascii_lowercase, digits

from telephony.ivr.yaml_tree import Faults, Mapping, Place, Scalar, Sequence, Tree

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
NAME_RULE = "a name is lower-case letters, digits and _, begins with a letter and has at most 64 characters"


def allowed(names: Iterable[str]) -> str:
    """Return names for a message, at most twenty of them."""
    listed = [name[:80] for name in sorted(names)]
    return ", ".join(listed[:20]) + (f" and {len(listed) - 20} more" if len(listed) > 20 else "") if listed else "none"


FEW = 100
LONGEST_HINTED = 64
LONGEST_NEAR = 200
"""Characters; a longer name is no slip, and all that is one slip away from a million of them fills a machine."""
LETTERS = f"{ascii_lowercase}{digits}_"


def near(name: str, names: Iterable[str]) -> str:
    """Return a hint for a mistyped name, or ''.

    Of many names only those one slip away are looked for: to weigh each takes a minute where thousands are wrong.
    """
    if len(name) > LONGEST_NEAR:
        return ""
    known = set(names)
    found = sorted(_one_slip_from(name) & known) if len(known) > FEW else get_close_matches(name, sorted(known), n=1)
    return f" (did you mean '{found[0]}'?)" if found else ""


def _one_slip_from(name: str) -> set[str]:
    """Return what is meant when one key was pressed too much, too little, wrong, or too early."""
    parts = [(name[:place], name[place:]) for place in range(min(len(name), LONGEST_HINTED) + 1)]
    return {
        *(head + tail[1:] for head, tail in parts if tail),
        *(head + tail[1] + tail[0] + tail[2:] for head, tail in parts if len(tail) > 1),
        *(head + letter + tail[1:] for head, tail in parts if tail for letter in LETTERS),
        *(head + letter + tail for head, tail in parts for letter in LETTERS),
    }


class Fields:
    """The keys of one mapping; each is taken once, and `done` tells of those nobody took."""

    def __init__(self, mapping: Mapping, faults: Faults, what: str) -> None:
        self._mapping = mapping
        self._taken: set[str] = set()
        self.faults = faults
        self.what = what
        self.place = mapping.place

    def tree(self, key: str) -> Tree | None:
        """Return what stands under a key, None when nothing does."""
        self._taken.add(key)
        found = self._mapping.items.get(key)
        return None if isinstance(found, Scalar) and found.plain and found.value in ("", "~", "null") else found

    def place_of(self, key: str) -> Place:
        """Return where a key's value stands; where the mapping begins when the key is absent."""
        found = self._mapping.items.get(key)
        return found.place if found else self.place

    def fault(self, key: str, text: str) -> None:
        """Tell what is wrong with a key."""
        self.faults.add(self.place_of(key), f"{self.what}: '{key}' {text}")

    def text(self, key: str, *, default: str | None = None) -> str:
        """Return a piece of text; without a default it must be there."""
        found = self.tree(key)
        if found is None:
            if default is None:
                self.fault(key, "is missing")
            return default or ""
        if not isinstance(found, Scalar):
            self.fault(key, "must be one piece of text")
            return default or ""
        if default is None and not found.value:
            self.fault(key, "must not be empty")
        return found.value

    def name(self, key: str) -> str:
        """Return a name that must be there."""
        found = self.text(key)
        if found and not NAME.fullmatch(found):
            self.fault(key, f"is '{found[:80]}'; {NAME_RULE}")
        return found

    def name_or_none(self, key: str) -> str | None:
        """Return a name, None when it is absent."""
        return None if self.tree(key) is None else self.name(key)

    def number(self, key: str, *, lowest: float, highest: float, default: float | None = None) -> float:
        """Return a number within limits."""
        written = self.text(key, default="" if default is not None else None)
        if not written:
            return lowest if default is None else default
        try:
            value = float(written) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", written) else -1.0
        except ValueError:
            value = -1.0
        if not lowest <= value <= highest:
            self.fault(key, f"must be {lowest:g} to {highest:g}, is '{written[:80]}'")
            return lowest
        return value

    def whole(self, key: str, *, lowest: int, highest: int, default: int | None = None) -> int:
        """Return a whole number within limits."""
        value = self.number(key, lowest=lowest, highest=highest, default=default)
        if value != int(value):
            self.fault(key, f"must be a whole number, is {value:g}")
        return int(value)

    def choice(self, key: str, words: Iterable[str], *, default: str | None = None) -> str:
        """Return one of some words; without a default it must be there."""
        written, known = self.text(key, default=default), [str(word) for word in words]
        if written in known or (written == "" and default is None):  # that one was told
            return written
        if written != default:
            self.fault(key, f"is '{written[:80]}'{near(written, known)}; allowed are {allowed(known)}")
        return default or ""

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        written = self.text(key, default="true" if default else "false")
        if written not in ("true", "false"):
            self.fault(key, f"must be true or false, is '{written[:80]}'")
        return written == "true"

    def texts(self, key: str, *, default: tuple[str, ...] | None = None) -> tuple[Scalar, ...]:
        """Return one or several pieces of text with their places."""
        found = self.tree(key)
        if found is None:
            if default is None:
                self.fault(key, "is missing")
            return tuple(Scalar(place=self.place, value=value) for value in default or ())
        items = found.items if isinstance(found, Sequence) else [found]
        good = tuple(item for item in items if isinstance(item, Scalar))
        if len(good) != len(items):
            self.fault(key, "must be one text id or a list of them")
        return good

    def mapping(self, key: str) -> "Fields | None":
        """Return the mapping under a key, None when it is absent."""
        found = self.tree(key)
        if found is None:
            return None
        if not isinstance(found, Mapping):
            self.fault(key, "must hold keys and values")
            return None
        return Fields(found, self.faults, f"{self.what}: '{key}'")

    def at_most(self, key: str, items: Sized, most: int) -> bool:
        """Tell whether there are no more than so many; more are a fault."""
        if len(items) > most:
            self.fault(key, f"has {len(items)} entries; at most {most} are allowed")
        return len(items) <= most

    def names(self) -> tuple[str, ...]:
        """Return every key, in the order written."""
        return tuple(self._mapping.items)

    def key_place(self, key: str) -> Place:
        """Return where a key itself stands."""
        return self._mapping.keys[key]

    def done(self) -> None:
        """Tell of every key that nobody asked for."""
        for key in self._mapping.items:
            if self.faults.is_full:
                return
            if key not in self._taken:
                hint = near(key, self._taken)
                text = f"{self.what}: unknown key '{key[:80]}'{hint}; allowed are {allowed(self._taken)}"
                self.faults.add(self.key_place(key), text)
