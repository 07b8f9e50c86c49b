"""Fields written out for the types of nodes that hold more than plain values; only what is here is described."""

from collections.abc import Mapping
from types import MappingProxyType

QUESTION = "no_input: {say: n, to: n}\nno_match: {say: n, to: n}\n"

SAMPLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "menu": (QUESTION + "keys: {1: n, 2: {label: n, to: n}}",),
        "collect": (QUESTION + "confirm: {no_input: {to: n}, no_match: {to: n}}",),
        "branch": ("when: [{if: customer.known, label: n, to: n}]",),
        "language": (QUESTION + "choose: {1: en}", "set: en"),
        "set": ("values: {a: call.caller, b: {value: call.caller, as: text}}",),
        "lookup": ("with: {a: call.caller, b: {value: call.caller, sensitive: true}}\ngives: {a: text}",),
        "identify": ("number: {no_input: {to: n}, no_match: {to: n}}\npin: {no_input: {to: n}, no_match: {to: n}}",),
        "callback": (QUESTION,),
        "information": ("article: n\nkeys: {1: n}",),
        "survey": ("questions: [{name: n, say: n, no_input: {to: n}, no_match: {to: n}}]",),
        "consent": (QUESTION,),
        "subflow": ("results: {a: n}\ntake: {a: n}\nwith: {a: call.caller, b: {value: call.caller, sensitive: true}}",),
        "goto": ("to: n", "flow: n"),
        "return": ("result: n\ngives: {a: call.caller, b: {value: call.caller, sensitive: true}}",),
    }
)
"""Every mapping and list a type can hold, by type; several when a type is read in several ways."""

ONE_OF: Mapping[str, tuple[str, ...]] = MappingProxyType({"language": ("choose", "set"), "goto": ("to", "flow")})
"""Keys of which a node has exactly one."""
