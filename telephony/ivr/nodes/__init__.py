"""Every type of node an author can write: one file tells what it is, how it is read and what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from telephony.ivr.expressions import ValueType
from telephony.ivr.flow import Node
from telephony.ivr.nodes import (
    branching,
    callback,
    collect,
    consent,
    elsewhere,
    hangup,
    hours,
    identify,
    information,
    language,
    lookup,
    menu,
    people,
    play,
    setting,
    survey,
    voicemail,
)
from telephony.ivr.reading import Fields, allowed, near
from telephony.ivr.surroundings import NodeReader, Surroundings
from telephony.ivr.yaml_tree import Mapping as Tree

Gives = Callable[[str, Tree], Mapping[str, ValueType]]


def _nothing(_name: str, _tree: Tree) -> Mapping[str, ValueType]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeType:
    """How a type of node is read, and which answers it gives to expressions."""

    read: Callable[[NodeReader], Node]
    gives: Gives = _nothing


TYPES: Mapping[str, NodeType] = MappingProxyType(
    {
        "play": NodeType(read=play.read),
        "menu": NodeType(read=menu.read, gives=menu.gives),
        "collect": NodeType(read=collect.read, gives=collect.gives),
        "branch": NodeType(read=branching.read),
        "hours": NodeType(read=hours.read),
        "language": NodeType(read=language.read),
        "set": NodeType(read=setting.read, gives=setting.gives),
        "lookup": NodeType(read=lookup.read, gives=lookup.gives),
        "identify": NodeType(read=identify.read),
        "queue": NodeType(read=people.read_queue),
        "agent": NodeType(read=people.read_agent),
        "external": NodeType(read=people.read_external),
        "voicemail": NodeType(read=voicemail.read),
        "callback": NodeType(read=callback.read),
        "information": NodeType(read=information.read),
        "survey": NodeType(read=survey.read, gives=survey.gives),
        "consent": NodeType(read=consent.read),
        "subflow": NodeType(read=elsewhere.read_subflow, gives=elsewhere.gives),
        "goto": NodeType(read=elsewhere.read_goto),
        "return": NodeType(read=elsewhere.read_return),
        "hangup": NodeType(read=hangup.read),
    }
)


def read_node(name: str, fields: Fields, around: Surroundings) -> Node | None:
    """Return the node; None when its type is unknown. Other faults go to the fields' faults and leave a stand-in."""
    kind = fields.text("type")
    known = TYPES.get(kind)
    if known is None:
        if kind:
            fields.fault("type", f"'{kind[:80]}' is unknown{near(kind, TYPES)}; allowed are {allowed(TYPES)}")
        return None
    node = known.read(NodeReader(name, fields, around))
    fields.done()
    return node
