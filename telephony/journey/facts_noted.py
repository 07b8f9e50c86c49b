"""Keeps in a call's journal the facts that its flow decides by, once at the start and whenever they have changed."""

from dataclasses import dataclass, field

from telephony.ivr.facts import Facts
from telephony.ivr.flow import Flow
from telephony.ivr.position import LookedUp, Step
from telephony.ivr.replay.facts_kept import BEGUN, CHANGED, DECIDING, FACTS, FOUND, KIND, Reads, reads_of
from telephony.journey.live_call import LiveCall

MOST_VERSIONS = 200


@dataclass(slots=True)
class FactsRead:
    """What each version of each flow decides by, worked out once."""

    _by_version: dict[str, Reads] = field(default_factory=dict)

    def of(self, flow: Flow) -> Reads:
        """Return what a flow's decisions read."""
        name = f"{flow.name}@{flow.version}"
        reads = self._by_version.get(name)
        if reads is None:
            if len(self._by_version) >= MOST_VERSIONS:
                self._by_version.clear()
            reads = self._by_version[name] = reads_of(flow)
        return reads


@dataclass(slots=True, kw_only=True)
class FactsNoted:
    """The facts of one call, as its journal has them."""

    call: LiveCall
    flow: Flow
    reads: Reads
    _last: dict[str, object] | None = None

    def before(self, taken: Step, facts: Facts) -> None:
        """Keep the facts that a step was decided by; to be called before its own lines are kept."""
        if self._last is not None and not any(noted.kind in DECIDING for noted in taken.journal):
            return
        kept = self.reads.kept(facts)
        if kept != self._last:
            label = BEGUN if self._last is None else CHANGED
            self._last = kept
            self.call.note("", KIND, FACTS, self.reads.text(kept, facts.now), label)

    def found(self, taken: Step, event: object) -> None:
        """Keep what a lookup gave and decisions read."""
        if isinstance(event, LookedUp) and event.values:
            value = self.reads.found(self.flow, taken, event)
            if value:
                self.call.note(taken.position.node, KIND, FOUND, value)
