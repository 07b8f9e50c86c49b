"""Reads one node of a flow file: one function for each type an author can write."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypedDict

from telephony.calls.model import AgentId, QueueName
from telephony.ivr import flow
from telephony.ivr.conditions import Condition, ConditionError, Vocabulary
from telephony.ivr.reading import Fields, allowed, near
from telephony.ivr.texts import NOT_UNDERSTOOD, Texts
from telephony.ivr.yaml_tree import Mapping as Tree
from telephony.ivr.yaml_tree import Place, Scalar, Sequence

KEY = re.compile(r"[0-9*#]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The names a flow may use. `agents` None leaves agents' names unchecked."""

    calendars: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    agents: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What one flow's nodes are read against."""

    known: Known
    texts: Texts
    languages: tuple[str, ...]
    node_names: frozenset[str]
    no_keys: str | None
    """Where a caller goes who presses nothing, unless the node says otherwise."""
    vocabulary: Vocabulary


def read_node(name: str, fields: Fields, around: Surroundings) -> flow.AnyNode | None:
    """Return the node; None when its type is unknown. Other faults go to the fields' faults and leave a stand-in."""
    kind = fields.text("type")
    reader = _READERS.get(kind)
    if reader is None:
        if kind:
            fields.fault("type", f"'{kind[:80]}' is unknown{near(kind, _READERS)}; allowed are {allowed(_READERS)}")
        return None
    node = reader(_Common(name=name, at=str(fields.place)), fields, around)
    fields.done()
    return node


class _Common(TypedDict):
    name: str
    at: str


class _Asked(TypedDict):
    say: tuple[str, ...]
    no_input: flow.Limit
    no_match: flow.Limit
    first_key_s: float


def _to(fields: Fields, around: Surroundings, key: str = "to") -> str:
    name = fields.text(key)
    _check_target(name, fields.place_of(key), fields, around)
    return name


def _to_or_none(fields: Fields, around: Surroundings, key: str) -> str | None:
    return None if fields.tree(key) is None else _to(fields, around, key)


def _check_target(name: str, place: Place, fields: Fields, around: Surroundings) -> None:
    if name and name not in around.node_names:
        hint = near(name, around.node_names)
        text = f"{fields.what}: there is no node '{name[:80]}'{hint}; allowed are {allowed(around.node_names)}"
        fields.faults.add(place, text)


def _say(fields: Fields, around: Surroundings, *, default: tuple[str, ...] | None = ()) -> tuple[str, ...]:
    said = fields.texts("say", default=default)
    for text in said:
        missing = around.texts.lacking(text.value, around.languages)
        for language in missing:
            fields.faults.add(text.place, f"{fields.what}: text '{text.value[:80]}' is not in prompts/{language}.yaml")
    return tuple(text.value for text in said)


def _limit(fields: Fields, around: Surroundings, key: str, default_say: tuple[str, ...]) -> flow.Limit:
    inner = fields.mapping(key)
    if inner is None:
        if around.no_keys is None:
            fields.fault(key, "is missing, and the flow has no 'no_keys' node to go to instead")
        return flow.Limit(tries=3, say=default_say, to=around.no_keys or "")
    tries = inner.whole("tries", lowest=1, highest=9, default=3)
    say = _say(inner, around, default=default_say)
    to = _to(inner, around) if around.no_keys is None else _to_or_none(inner, around, "to") or around.no_keys
    inner.done()
    return flow.Limit(tries=tries, say=say, to=to)


def _asked(fields: Fields, around: Surroundings) -> _Asked:
    return {
        "say": _say(fields, around, default=None),
        "no_input": _limit(fields, around, "no_input", ()),
        "no_match": _limit(fields, around, "no_match", (NOT_UNDERSTOOD,)),
        "first_key_s": fields.number("first_key_s", lowest=1, highest=60, default=5),
    }


def _keys(fields: Fields, key: str) -> Fields | None:
    keys = fields.mapping(key)
    if keys is None or not keys.names():
        fields.fault(key, "must give at least one key")
        return None
    for pressed in keys.names():
        if not KEY.fullmatch(pressed):
            keys.faults.add(
                keys.key_place(pressed), f"{keys.what}: '{pressed[:80]}' is no key; allowed are 0 to 9, * and #"
            )
    return keys


def _play(common: _Common, fields: Fields, around: Surroundings) -> flow.Play:
    say = _say(fields, around, default=None)
    return flow.Play(**common, say=say, barge_in=fields.flag("barge_in", default=True), to=_to(fields, around))


def _menu(common: _Common, fields: Fields, around: Surroundings) -> flow.Menu:
    keys = _keys(fields, "keys")
    choices = {key: _choice(key, keys, around) for key in keys.names()} if keys else {}
    save_as = fields.name_or_none("save_as")
    return flow.Menu(**common, **_asked(fields, around), keys=MappingProxyType(choices), save_as=save_as)


def _choice(key: str, keys: Fields, around: Surroundings) -> flow.Choice:
    if isinstance(keys.tree(key), Tree):
        inner = keys.mapping(key)
        if inner is not None:
            to = _to(inner, around)
            choice = flow.Choice(label=inner.text("label", default=to), to=to)
            inner.done()
            return choice
    to = _to(keys, around, key)
    return flow.Choice(label=to, to=to)


def _collect(common: _Common, fields: Fields, around: Surroundings) -> flow.Collect:
    least = fields.whole("min_digits", lowest=1, highest=40, default=1)
    most = fields.whole("max_digits", lowest=1, highest=40)
    if most < least:
        fields.fault("max_digits", f"must be at least min_digits ({least})")
    terminator = fields.text("terminator", default="#")
    if terminator not in ("#", "*", ""):
        fields.fault("terminator", "must be '#', '*' or '' for none")
    return flow.Collect(
        **common,
        **_asked(fields, around),
        min_digits=least,
        max_digits=most,
        terminator=terminator,
        next_key_s=fields.number("next_key_s", lowest=1, highest=30, default=3),
        save_as=fields.name("save_as"),
        sensitive=fields.flag("sensitive", default=False),
        to=_to(fields, around),
    )


def _language(common: _Common, fields: Fields, around: Surroundings) -> flow.ChooseLanguage | flow.SetLanguage:
    if fields.tree("choose") is None:
        language = fields.text("set")
        _check_language(language, fields.place_of("set"), fields, around)
        return flow.SetLanguage(**common, language=language, to=_to(fields, around))
    keys = _keys(fields, "choose")
    choose = {key: keys.text(key) for key in keys.names()} if keys else {}
    for key, language in choose.items():
        _check_language(language, keys.place_of(key) if keys else fields.place, fields, around)
    asked = _asked(fields, around)
    return flow.ChooseLanguage(**common, **asked, choose=MappingProxyType(choose), to=_to(fields, around))


def _check_language(language: str, place: Place, fields: Fields, around: Surroundings) -> None:
    if language and language not in around.languages:
        text = f"{fields.what}: '{language[:80]}' is no language of this flow; allowed are {allowed(around.languages)}"
        fields.faults.add(place, text)


def _branch(common: _Common, fields: Fields, around: Surroundings) -> flow.Branch:
    when = fields.tree("when")
    if not isinstance(when, Sequence) or not when.items:
        fields.fault("when", "must be a list of cases, each with 'if' and 'to'")
        items = []
    else:
        items = when.items
    cases = [case for item in items if (case := _case(item, fields, around)) is not None]
    return flow.Branch(**common, cases=tuple(cases), otherwise=_to(fields, around, "else"))


def _case(item: object, fields: Fields, around: Surroundings) -> flow.Case | None:
    if not isinstance(item, Tree):
        fields.fault("when", "must be a list of cases, each with 'if' and 'to'")
        return None
    inner = Fields(item, fields.faults, fields.what)
    condition = _condition(inner, around)
    to = _to(inner, around)
    label = inner.text("label", default=to)
    inner.done()
    return flow.Case(condition=condition, label=label, to=to) if condition else None


def _condition(fields: Fields, around: Surroundings) -> Condition | None:
    written = fields.tree("if")
    source = fields.text("if")
    if not isinstance(written, Scalar):
        return None
    try:
        return around.vocabulary.condition(source)
    except ConditionError as refused:
        for fault in refused.faults:
            place = _within(written, fault.line, fault.column)
            fields.faults.add(place, f"{fields.what}: condition {fault.text}")
    return None


def _within(written: Scalar, line: int, column: int) -> Place:
    if line > 1:  # a block or folded text: its lines follow, and how far they are indented is not known here
        return Place(file=written.place.file, line=written.place.line + line - 1)
    quote = 0 if written.plain else 1
    return Place(file=written.place.file, line=written.place.line, column=written.place.column + quote + column - 1)


def _queue_name(fields: Fields, around: Surroundings, key: str) -> QueueName:
    name = fields.text(key)
    if name and name not in around.known.queues:
        hint = near(name, around.known.queues)
        fields.fault(key, f"'{name[:80]}' is unknown{hint}; known queues are {allowed(around.known.queues)}")
    return QueueName(name)


def _queue(common: _Common, fields: Fields, around: Surroundings) -> flow.Queue:
    return flow.Queue(
        **common,
        queue=_queue_name(fields, around, "queue"),
        say=_say(fields, around),
        wait_s=fields.whole("wait_s", lowest=1, highest=7200, default=600),
        music=fields.text("music", default="default"),
        record=fields.flag("record", default=False),
        otherwise=_to(fields, around, "otherwise"),
        then=_to_or_none(fields, around, "then"),
    )


def _agent(common: _Common, fields: Fields, around: Surroundings) -> flow.RingAgent:
    name = fields.text("agent")
    agents = around.known.agents
    if name and name != flow.PERSONAL and agents is not None and name not in agents:
        fields.fault("agent", f"'{name[:80]}' is unknown{near(name, agents)}; known are personal, {allowed(agents)}")
    return flow.RingAgent(
        **common,
        agent=AgentId(name),
        say=_say(fields, around),
        ring_s=fields.whole("ring_s", lowest=5, highest=120, default=20),
        record=fields.flag("record", default=False),
        otherwise=_to(fields, around, "otherwise"),
        then=_to_or_none(fields, around, "then"),
    )


def _voicemail(common: _Common, fields: Fields, around: Surroundings) -> flow.Voicemail:
    return flow.Voicemail(
        **common,
        mailbox=_queue_name(fields, around, "mailbox"),
        say=_say(fields, around, default=("leave_message",)),
        max_s=fields.whole("max_s", lowest=5, highest=600, default=120),
        silence_s=fields.whole("silence_s", lowest=1, highest=30, default=5),
        to=_to(fields, around),
    )


def _hangup(common: _Common, fields: Fields, around: Surroundings) -> flow.Hangup:
    return flow.Hangup(**common, say=_say(fields, around))


_READERS: Mapping[str, Callable[[_Common, Fields, Surroundings], flow.AnyNode]] = {
    "play": _play,
    "menu": _menu,
    "collect": _collect,
    "language": _language,
    "branch": _branch,
    "queue": _queue,
    "agent": _agent,
    "voicemail": _voicemail,
    "hangup": _hangup,
}
