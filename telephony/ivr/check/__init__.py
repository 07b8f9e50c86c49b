"""Proves of a flow that its callers get somewhere, at every minute and whatever they do. One file is one proof."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from telephony.calls.commands import Prompt
from telephony.ivr.check.bound import Bound, bound_of, long_way
from telephony.ivr.check.chains import long_chain
from telephony.ivr.check.ends import endless, trapped, unreachable
from telephony.ivr.check.finding import Code, Finding, Severity
from telephony.ivr.check.hours import CalendarYear, hours_findings
from telephony.ivr.check.languages import articles_differ, not_rendered, unspoken
from telephony.ivr.check.lengths import RenderedLength, lengths, not_measured
from telephony.ivr.check.sensitive import leaks
from telephony.ivr.check.silence import silent, unmet
from telephony.ivr.check.slips import slips
from telephony.ivr.flow import Flow
from telephony.ivr.texts import Texts

__all__ = ["Around", "Bound", "Code", "Finding", "Severity", "bounds", "findings", "review"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is known beside the flow itself."""

    texts: Texts
    rendered_s: RenderedLength = not_measured
    missing: Set[Prompt] = frozenset()
    """Prompts that have no sound yet."""
    years: Mapping[str, CalendarYear] = field(default_factory=dict)
    """The coming year of each calendar."""


def findings(flow: Flow) -> tuple[Finding, ...]:
    """Return every error of the flow by itself; nothing for one that may serve callers."""
    return (
        *unreachable(flow),
        *trapped(flow),
        *endless(flow),
        *long_chain(flow),
        *silent(flow),
        *leaks(flow),
        *unspoken(flow),
    )


def review(flow: Flow, around: Around) -> tuple[Finding, ...]:
    """Return what else is to be said of a flow without errors: warnings, and errors of its hours."""
    return (
        *hours_findings(flow, around.years),
        *long_way(flow, bounds(flow, around)),
        *not_rendered(flow, around.missing),
        *articles_differ(flow, around.texts),
        *unmet(flow),
        *slips(flow),
    )


def bounds(flow: Flow, around: Around) -> Bound:
    """Return how long a call can take at most."""
    return bound_of(flow, lengths(around.texts, flow.languages, around.rendered_s))
