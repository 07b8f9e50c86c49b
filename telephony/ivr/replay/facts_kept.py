"""What a call's journal keeps of the facts that its flow decides by, so that the call can be replayed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice

from telephony.calls.model import AgentId, CallId, QueueName
from telephony.ivr.facts import CalendarState, CustomerFacts, Facts, FactValue, QueueFacts
from telephony.ivr.facts_named import MOST_FACTS, facts_named, is_fact
from telephony.ivr.flow import Flow, Sink
from telephony.ivr.nodes.hours import Hours
from telephony.ivr.nodes.lookup import Lookup
from telephony.ivr.nodes.people import RingAgent
from telephony.ivr.nodes.voicemail import Voicemail
from telephony.ivr.position import LookedUp, Step

KIND, FACTS, FOUND = "call", "facts", "found"
"""A step of this kind keeps facts (event `facts`, at node '') or what a lookup gave (event `found`, at its node)."""

_AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""`json.dumps` makes such an encoder anew for each text."""

BEGUN, CHANGED = "begun", "changed"
"""The labels of facts: as the flow began, and as they were at a later decision."""

DECIDING = frozenset({"branch", "hours", "set", "subflow", "return", "agent"})
"""Kinds of nodes that go by facts."""


@dataclass(slots=True)
class _Written:
    """The facts that were written last, and how."""

    kept: Mapping[str, object] | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """What a flow's decisions read."""

    names: frozenset[str]
    """As conditions name them, e.g. `call.caller`, `queue.sales.waiting`."""
    facts: frozenset[str] | None
    """Facts of the customer; None for all."""
    calendars: tuple[str, ...]
    queues: tuple[QueueName, ...]
    lookups: frozenset[str]
    """Full names of what lookups give and decisions read."""
    customer: bool
    """Whether it matters to the flow who is calling."""
    _written: _Written = field(default_factory=_Written, compare=False, repr=False)

    def kept(self, facts: Facts) -> dict[str, object]:
        """Return the facts as JSON can hold them, the time left out."""
        kept: dict[str, object] = {"called": facts.called, "customer": self._customer(facts.customer)}
        if not facts.caller:
            kept["withheld"] = True
        elif "call.caller" in self.names:
            kept["caller"] = facts.caller
        if self.calendars:
            kept["calendars"] = {name: facts.calendars.get(name, CalendarState.CLOSED) for name in self.calendars}
        if self.queues:
            kept["queues"] = {name: _queue(facts.queues.get(name, QueueFacts())) for name in self.queues}
        return kept

    def _customer(self, customer: CustomerFacts | None) -> dict[str, object] | None:
        if customer is None:
            return None
        named = islice(customer.facts, MOST_FACTS) if self.facts is None else self.facts
        facts = {name: customer.facts.get(name) for name in named}
        kept: dict[str, object] = {"facts": {name: fact if is_fact(fact) else None for name, fact in facts.items()}}
        if customer.language:
            kept["language"] = customer.language
        if customer.personal_agent:
            kept["agent"] = customer.personal_agent
        if "customer.name" in self.names:
            kept["name"] = customer.name
        return kept

    def text(self, kept: Mapping[str, object], now: datetime) -> str:
        """Return what was kept as a step's value."""
        # From one caller to the next all but the time is mostly the same; a customer's True and 1 only look so
        if kept["customer"] is not None or kept != self._written.kept:
            self._written.kept, self._written.text = kept, _AS_JSON(kept)[1:]
        return f'{{"now":"{now.isoformat(timespec="seconds")}",{self._written.text}'

    def found(self, flow: Flow, taken: Step, event: LookedUp) -> str:
        """Return what a lookup gave, as a step's value; '' when nothing of it decides."""
        node = flow.nodes.get(taken.position.node)
        prefix = node.prefix if isinstance(node, Lookup) else ""
        values = {name: value for name, value in event.values if prefix + name in self.lookups and is_fact(value)}
        return _AS_JSON(values) if values else ""


def reads_of(flow: Flow) -> Reads:
    """Return what a flow's decisions read."""
    names: set[str] = set()
    facts: set[str] = set()
    answers: set[str] = set()
    calendars = {node.calendar for node in flow.nodes.values() if isinstance(node, Hours)}
    any_fact = False
    customer = len(flow.languages) > 1
    for node in flow.nodes.values():
        customer = customer or isinstance(node, RingAgent | Voicemail)  # their agent, and their message's language
        for read in node.reads():
            customer = customer or any(name.startswith("customer") for name, _ in read.expression.getters)
            if read.sink not in (Sink.CONDITION, Sink.ANSWER):
                continue
            names.update(name for name, _ in read.expression.getters)
            answers.update(node.scope + name for name in read.expression.answers)
            named = facts_named(read.expression.source)
            any_fact = any_fact or named is None
            facts.update(named or ())
    calendars.update(name[5:] for name in names if name.startswith("open."))
    return Reads(
        names=frozenset(names),
        facts=None if any_fact else frozenset(facts),
        calendars=tuple(sorted(calendars)),
        queues=tuple(sorted({QueueName(name.split(".")[1]) for name in names if name.startswith("queue.")})),
        lookups=frozenset(answers),
        customer=customer,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Facts read back from a journal, with what of them was kept at all."""

    facts: Facts
    at: datetime
    """When they were written."""
    caller: bool
    name: bool
    facts_named: frozenset[str]

    def at_moment(self, moment: datetime) -> Facts:
        """Return the facts with the company's clock at that moment."""
        return replace(self.facts, now=self.facts.now + (moment - self.at))

    def lacks(self, name: str, source: str) -> str:
        """Return what of an expression's name was not kept; '' when all was."""
        first, _, rest = name.partition(".")
        match first:
            case "open":
                known = rest in self.facts.calendars
            case "queue":
                known = QueueName(rest.split(".")[0]) in self.facts.queues
            case "customer" if rest == "facts" and self.facts.customer is not None:
                missing = sorted((facts_named(source) or frozenset()) - self.facts_named)
                return ", ".join(f"customer.facts.{each}" for each in missing)
            case _:
                known = {"call.caller": self.caller, "customer.name": self.name}.get(name, True)
        return "" if known else name


def read_kept(value: str, at: datetime, call_id: CallId) -> Kept | None:
    """Return the facts of a step; None when it cannot be read."""
    try:
        kept = json.loads(value)
        now = datetime.fromisoformat(kept["now"])
        customer = kept.get("customer")
        facts = Facts(
            call_id=call_id,
            caller="" if kept.get("withheld") else str(kept.get("caller", "+447700900104")),
            called=str(kept.get("called", "")),
            customer=_customer_of(customer) if customer is not None else None,
            now=now if now.tzinfo else now.replace(tzinfo=UTC),
            calendars={name: CalendarState(state) for name, state in kept.get("calendars", {}).items()},
            queues={QueueName(name): _queue_of(state) for name, state in kept.get("queues", {}).items()},
        )
        named = frozenset(customer.get("facts", {})) if customer else frozenset()
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Kept(
        facts=facts,
        at=at,
        caller="caller" in kept or "withheld" in kept,
        name=customer is None or "name" in customer,
        facts_named=named,
    )


def read_found(value: str) -> Mapping[str, FactValue]:
    """Return what a lookup gave, of a step; nothing when it cannot be read."""
    try:
        found = json.loads(value)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _customer_of(kept: Mapping[str, object]) -> CustomerFacts:
    facts, agent, language = kept.get("facts"), kept.get("agent"), kept.get("language")
    return CustomerFacts(
        name=str(kept.get("name", "")),
        language=str(language) if language else None,
        personal_agent=AgentId(str(agent)) if agent else None,
        facts={name: value for name, value in facts.items() if value is not None} if isinstance(facts, dict) else {},
    )


def _queue(facts: QueueFacts) -> list[float]:
    return [facts.waiting, int(facts.longest_wait_s), facts.agents_ready, facts.agents_present]


def _queue_of(kept: list[float]) -> QueueFacts:
    waiting, longest, ready, present = kept
    return QueueFacts(
        waiting=int(waiting), longest_wait_s=float(longest), agents_ready=int(ready), agents_present=int(present)
    )
