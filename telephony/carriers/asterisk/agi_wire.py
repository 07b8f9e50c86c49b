"""AGI on the wire: commands that no value can break out of, and the replies to them."""

import re
from dataclasses import dataclass

ALL_KEYS = "0123456789*#"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_REPLY = re.compile(r"(\d{3})[ -](?:result=(-?[0-9*#A-D]*))?(?: ?\((.*)\))?(?: endpos=(\d+))?")


@dataclass(frozen=True, slots=True)
class Reply:
    """Asterisk's answer to one command."""

    code: int
    result: str
    data: str = ""
    """What stands in parentheses: `timeout`, or a variable's value."""
    endpos: int | None = None
    """Samples played, for STREAM FILE."""

    @property
    def ok(self) -> bool:
        """Tell whether the command was performed; -1 is a missing file or a caller who left, -2 no such application."""
        return self.code == 200 and not self.result.startswith("-")

    @property
    def key(self) -> str:
        """Return the key that ended the command, which Asterisk gives as its ASCII number; '' for none."""
        number = int(self.result) if self.code == 200 and self.result.isdecimal() else 0
        key = chr(number) if 0 < number < 128 else ""
        return key if key and key in ALL_KEYS else ""


def command(*words: str) -> str:
    """Return a command line: every word is quoted, so that blanks, quotes and line breaks in it stay data."""
    return " ".join(quoted(word) for word in words)


def quoted(word: str) -> str:
    """Return the word in quotes, without control characters (AGI has no way to write them)."""
    safe = _CONTROL.sub(" ", word).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{safe}"'


def reply_of(line: bytes) -> Reply | None:
    """Read a reply's first line; None when it is none."""
    if line.startswith(b"200 result=") and line[11:].isdigit():  # nearly always
        return Reply(200, line[11:].decode())
    match = _REPLY.match(line.decode("utf-8", "replace"))
    if match is None:
        return None
    code, result, data, endpos = match.groups()
    return Reply(int(code), result or "", data or "", int(endpos) if endpos else None)
