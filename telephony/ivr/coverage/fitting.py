"""Finds keys that answer a question rightly, and keys that do not."""

import re
from collections.abc import Iterable, Iterator

from telephony.ivr.flow import Question
from telephony.ivr.nodes.collect import Collect, is_luhn

KEYS = "1234567890*#"


def digits_for(question: Question) -> str:
    """Return keys that the question takes, as far as their number goes."""
    if question.keys is not None:
        return min(question.keys, default="1")
    return "1" * question.takes.least


def right_digits(node: Collect, likely: Iterable[str] = ()) -> tuple[str, ...]:
    """Return digits that a collect node takes: of the likely ones those that fit, and one that is not among them."""
    takes = node.asked.takes
    given = tuple(likely)
    fit = [each for each in given if each.isdecimal() and takes.least <= len(each) <= takes.most and _fits(node, each)]
    other = next((each for each in _tries(node) if each not in given and _fits(node, each)), None)
    return tuple(dict.fromkeys([*([other] if other else []), *fit]))


def wrong_keys(question: Question, node: object) -> str | None:
    """Return keys that are no answer to the question; None when every key is one."""
    if question.keys is not None:
        return next((key for key in KEYS if key not in question.keys), None)
    takes = question.takes
    if isinstance(node, Collect) and question is node.asked:
        wrong = next((each for each in _by_length(takes.least, takes.most) if not _fits(node, each)), None)
        if wrong is not None:
            return wrong
    if takes.least > 1:
        return "1"
    return next((key for key in "*#" if key != takes.terminator), None)


def _fits(node: Collect, digits: str) -> bool:
    if node.luhn and not is_luhn(digits):
        return False
    return node.pattern is None or node.pattern.fullmatch(digits) is not None


def _tries(node: Collect) -> Iterator[str]:
    takes = node.asked.takes
    if node.pattern is not None:
        yield from (each for each in _of_pattern(node.pattern.pattern) if takes.least <= len(each) <= takes.most)
    yield from _by_length(takes.least, takes.most)


def _by_length(least: int, most: int) -> Iterator[str]:
    for length in range(least, most + 1):
        for row in ("1" * length, "0" * length, ("1234567890" * 4)[:length], ("9876543210" * 4)[:length]):
            yield row
            yield from (row[:-1] + last for last in "0123456789")  # one of them has the right Luhn digit


_PART = re.compile(
    r"(?P<set>\[[^\]]+\]|\\d|\.|[0-9]|\((?:\?:)?(?P<group>[^()]*)\))(?P<times>\{(\d+)(?:,\d*)?\}|[*+?])?"
)


def _of_pattern(pattern: str) -> Iterator[str]:
    """Give digits that simple patterns match: rows of digits, sets and groups of choices; nothing for others."""
    for choice in _choices(pattern):
        for digit in "1507394268":
            made = _made(choice.removeprefix("^").removesuffix("$"), digit)
            if made is None:
                break
            yield made


def _choices(pattern: str) -> list[str]:
    return pattern.split("|") if "(" not in pattern else [pattern]


def _made(pattern: str, digit: str) -> str | None:
    made, end = "", 0
    while end < len(pattern):
        part = _PART.match(pattern, end)
        if part is None:
            return None
        end = part.end()
        made += _one(part, digit) * _times(part)
    return made


def _one(part: re.Match[str], digit: str) -> str:
    if part["group"] is not None:
        return _made(part["group"].split("|")[0], digit) or ""
    written = part["set"]
    if written in (r"\d", "."):
        return digit
    if not written.startswith("["):
        return written
    allowed = [each for each in "1234567890" if re.fullmatch(written, each)]
    return digit if digit in allowed else allowed[0] if allowed else ""


def _times(part: re.Match[str]) -> int:
    times = part["times"]
    if times is None or times == "+":
        return 1
    return 0 if times in ("*", "?") else int(part[4])
