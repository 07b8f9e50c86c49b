"""Reads `*.walks.yaml`: walks beside the flow they go through."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from telephony.calls.model import AgentId, QueueName
from telephony.ivr.facts import CalendarState, CustomerFacts, FactValue, QueueFacts
from telephony.ivr.flow import Flow
from telephony.ivr.reading import Fields, allowed, near
from telephony.ivr.surroundings import Names
from telephony.ivr.walks.scene import READY, Scene
from telephony.ivr.walks.script import Walk, WalkStep
from telephony.ivr.walks.words import Known, WordsError, known_in, read_step
from telephony.ivr.yaml_tree import Faults, Scalar, Tree, read_yaml
from telephony.ivr.yaml_tree import Mapping as YamlMapping
from telephony.ivr.yaml_tree import Sequence as YamlSequence

ENDING = ".walks.yaml"
MOST_WALKS = 5_000
MOST_STEPS = 500
_E164 = re.compile(r"\+[1-9]\d{5,14}")
STATES = {
    "open": CalendarState.OPEN,
    "closed": CalendarState.CLOSED,
    "holiday": CalendarState.HOLIDAY,
    "emergency": CalendarState.EMERGENCY,
}


def read_walks(source: str, file: str, flow: Flow, faults: Faults, *, zone: tzinfo = UTC) -> tuple[Walk, ...]:
    """Return the walks written in `source`, which must be of this flow; what is wrong goes to `faults`.

    `zone` is that of the company's clock, for the times that walks give.
    """
    tree = read_yaml(source, file, faults)
    if tree is None:
        return ()
    fields = Fields(tree, faults, "walks")
    name = fields.text("flow")
    if name and name != flow.name:
        fields.fault("flow", f"is '{name[:80]}', but these walks are read for flow '{flow.name}'")
    listed = fields.tree("walks")
    items = listed.items if isinstance(listed, YamlSequence) else []
    if not 1 <= len(items) <= MOST_WALKS:
        fields.fault("walks", f"must be a list of 1 to {MOST_WALKS} walks, each with 'name' and 'steps'")
        items = items[:MOST_WALKS]
    fields.done()
    return tuple(_Reader(flow, known_in(flow), faults, zone).walks(items))


def flow_of_walks(source: str, file: str, faults: Faults) -> str:
    """Return the name of the flow that a file's walks go through; '' when it names none."""
    tree = read_yaml(source, file, faults)
    name = tree.items.get("flow") if tree else None
    if isinstance(name, Scalar) and name.value:
        return name.value
    if tree is not None:
        faults.add(tree.place, "walks: 'flow' is missing; it names the flow that the walks go through")
    return ""


class _Reader:
    def __init__(self, flow: Flow, known: Known, faults: Faults, zone: tzinfo) -> None:
        self._known = known
        self._faults = faults
        self._zone = zone
        names = flow.vocabulary.names
        self._names = Names(
            calendars=frozenset(name[5:] for name in names if name.startswith("open.")),
            queues=frozenset(name.split(".")[1] for name in names if name.startswith("queue.")),
        )

    def walks(self, items: Sequence[Tree]) -> Iterator[Walk]:
        seen: set[str] = set()
        for item in items:
            if self._faults.is_full:
                return
            if not isinstance(item, YamlMapping):
                self._faults.add(item.place, "a walk must have 'name' and 'steps'")
                continue
            fields = Fields(item, self._faults, "walk")
            name = fields.text("name")
            fields.what = f"walk '{name[:80]}'"
            if name in seen:
                fields.fault("name", f"'{name[:80]}' is the name of another walk too")
            seen.add(name)
            given = fields.mapping("given")
            scene = self._scene(given) if given else Scene()
            steps = list(self._steps(fields))
            fields.done()
            yield Walk(
                name=name,
                scene=scene,
                steps=tuple(step for step, _ in steps),
                places=tuple(place for _, place in steps),
                at=str(item.place),
            )

    # --- steps ---------------------------------------------------------------------------------------------------

    def _steps(self, fields: Fields) -> Iterator[tuple[WalkStep, str]]:
        listed = fields.tree("steps")
        items = listed.items if isinstance(listed, YamlSequence) else []
        if not 1 <= len(items) <= MOST_STEPS:
            fields.fault("steps", f"must be a list of 1 to {MOST_STEPS} steps, e.g. [hears welcome, presses 1]")
        for item in items[:MOST_STEPS]:
            if self._faults.is_full:
                return
            words, values = self._words(item, fields)
            try:
                read = read_step(words, values, self._known)
            except WordsError as refused:
                self._faults.add(item.place, f"{fields.what}: {refused}")
                continue
            yield from ((step, str(item.place)) for step in read)

    def _words(self, item: Tree, fields: Fields) -> tuple[str, Mapping[str, FactValue] | None]:
        if isinstance(item, Scalar):
            return item.value, None
        if isinstance(item, YamlMapping) and len(item.items) == 1:
            words, values = next(iter(item.items.items()))
            if isinstance(values, YamlMapping):
                return words, self._values(Fields(values, self._faults, f"{fields.what}: '{words[:80]}'"))
        return "", None

    # --- what is given -------------------------------------------------------------------------------------------

    def _scene(self, given: Fields) -> Scene:
        withheld, caller = given.flag("withheld", default=False), given.text("from", default="")
        if caller and not _E164.fullmatch(caller):
            given.fault("from", f"must be a full number such as +447700900104, is '{caller[:80]}'")
        known = given.flag("known", default=True)
        customer = self._customer(given, sure=given.tree("known") is not None and known)
        identified = given.mapping("identified")
        if not known and customer:
            given.fault("known", "is false, so nothing is known of the customer; put it under 'identified'")
        scene = Scene(
            caller="" if withheld else caller or Scene().caller,
            called=given.text("called", default=""),
            at=self._at(given),
            customer=customer if known else None,
            identified=self._customer(identified, sure=True) if identified else None,
            calendars=self._calendars(given),
            queues=self._queues(given),
        )
        if identified:
            identified.done()
        given.done()
        return scene

    def _at(self, given: Fields) -> datetime | None:
        written = given.text("at", default="")
        if not written:
            return None
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            given.fault("at", f"must be a date and time such as 2026-12-24T18:00, is '{written[:80]}'")
            return None
        return at if at.tzinfo else at.replace(tzinfo=self._zone)

    def _customer(self, fields: Fields, *, sure: bool) -> CustomerFacts | None:
        language, name = fields.text("language", default=""), fields.text("name", default="")
        agent, facts = fields.text("personal_agent", default=""), fields.mapping("facts")
        if not (sure or language or name or agent or facts):
            return None
        return CustomerFacts(
            name=name,
            language=language or None,
            personal_agent=AgentId(agent) if agent else None,
            facts=self._values(facts) if facts else {},
        )

    def _calendars(self, given: Fields) -> Mapping[str, CalendarState]:
        found: dict[str, CalendarState] = {}
        for key, state in STATES.items():
            for name in given.texts(key, default=()):
                if name.value not in self._names.calendars:
                    known = self._names.calendars
                    text = f"'{name.value[:80]}' is unknown{near(name.value, known)}; known are {allowed(known)}"
                    self._faults.add(name.place, f"{given.what}: calendar {text}")
                found[name.value] = state
        return found

    def _queues(self, given: Fields) -> Mapping[QueueName, QueueFacts]:
        listed = given.mapping("queues")
        found: dict[QueueName, QueueFacts] = {}
        for name in listed.names() if listed else ():
            if listed is None or name not in self._names.queues:
                known = self._names.queues
                given.fault("queues", f"names '{name[:80]}'{near(name, known)}; known are {allowed(known)}")
            elif (state := listed.mapping(name)) is not None:
                ready = state.whole("ready", lowest=0, highest=10_000, default=READY.agents_ready)
                found[QueueName(name)] = QueueFacts(
                    waiting=state.whole("waiting", lowest=0, highest=100_000, default=0),
                    longest_wait_s=state.number("longest_wait_s", lowest=0, highest=86_400, default=0),
                    agents_ready=ready,
                    agents_present=state.whole("present", lowest=0, highest=10_000, default=ready),
                )
                state.done()
        return found

    @staticmethod
    def _values(fields: Fields) -> Mapping[str, FactValue]:
        found: dict[str, FactValue] = {}
        for name in fields.names():
            written = fields.tree(name)
            if isinstance(written, Scalar):
                found[name] = plain_value(written.value) if written.plain else written.value
            else:
                fields.fault(name, "must be one text, number, or true or false")
        return found


def plain_value(written: str) -> FactValue:
    """Return what a word written without quotes means: true or false, a number, or itself."""
    if written in ("true", "false"):
        return written == "true"
    if re.fullmatch(r"-?(0|[1-9]\d{0,14})", written):
        return int(written)
    if re.fullmatch(r"-?\d{1,15}\.\d{1,15}", written):
        return float(written)
    return written
