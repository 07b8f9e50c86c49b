"""Tells which of a customer's facts an expression names, and what can be a fact at all."""

import re

MOST_FACTS = 200
LONGEST_FACT = 1_000
"""Characters; a longer text is as if it were not there, for every condition would have to read it."""

FACT = re.compile(r"customer\s*\.\s*facts\s*(?:\.\s*\??\s*([a-zA-Z_]\w*)|\[\s*\??\s*[\"']([^\"']+)[\"']\s*\])")
FACT_IN = re.compile(r"[\"']([^\"']+)[\"']\s+in\s+customer\s*\.\s*facts")


def facts_named(source: str) -> frozenset[str] | None:
    """Return the customer's facts that an expression names; None when it may read any."""
    named = frozenset((*(a or b for a, b in FACT.findall(source)), *FACT_IN.findall(source)))
    rest = FACT_IN.sub("", FACT.sub("", source))
    return None if re.search(r"customer\s*\.\s*facts", rest) else named


def is_fact(value: object) -> bool:
    """Tell whether conditions can read a value: text of some length, a number of 64 bits, true or false."""
    match value:
        case str():
            return len(value) <= LONGEST_FACT
        case int():
            return -(2**63) <= value < 2**63
        case _:
            return isinstance(value, float)
