"""Versions of flows: what was published, which of them is live, and how the files differ from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from telephony.errors import RingsideError
from telephony.ivr.flow import Flow
from telephony.ivr.versions.bundle import Bundle


class MovedMeanwhileError(RingsideError):
    """Somebody else has published, rolled back or withdrawn this flow since it was looked at; nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowVersion:
    """A published version; it never changes. `live` tells whether callers are served by it now."""

    flow: str
    number: int
    """1, 2, 3 ... within the flow."""
    digest: str
    """`Flow.version` of what was published: what the journal of a call names."""
    at: datetime
    by: str
    note: str
    replaced: int | None
    """The version that was live before; None for a flow that was not."""
    live: bool

    @property
    def shown(self) -> str:
        """The version as messages name it."""
        return f"{self.flow} version {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One move of a flow's `live`; numbered through all flows. `left` and `to` are None for no version."""

    seq: int
    flow: str
    at: datetime
    by: str
    left: int | None
    to: int | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be published, over the version that was live when it was looked at."""

    bundle: Bundle
    digest: str
    over: int | None


class State(StrEnum):
    """How a flow's files stand to its live version."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    """Never published, or taken out."""
    GONE = "gone"
    """Live, but without files."""


MOST_TOLD = 5
"""Recordings; the others are counted."""

_TOLD = {
    State.CHANGED: "{flow}: its files differ from the live version {number}{recordings}; "
    "`ringside flows diff {flow}` shows how, `ringside flows publish {flow}` makes them live",
    State.NEW: "{flow}: is not published, so no caller is served by it; `ringside flows publish {flow}` makes it live",
    State.GONE: "{flow}: version {number} is live, but its file is gone; bring it back "
    "(`ringside flows show {flow}` prints it), or `ringside flows withdraw {flow}`",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one flow's files stand to its live version."""

    flow: str
    state: State
    number: int | None
    """Of the live version."""
    recordings: tuple[str, ...] = ()
    """Those that differ, as people are told of them; may be left out where the live version was not read."""

    @property
    def told(self) -> str:
        """What is to be said of it, with what to do; '' when all is well."""
        if self.state not in _TOLD:
            return ""
        return _TOLD[self.state].format(flow=self.flow, number=self.number, recordings=self._recordings)

    @property
    def _recordings(self) -> str:
        if not self.recordings:
            return ""
        more = len(self.recordings) - MOST_TOLD
        shown = [*self.recordings[:MOST_TOLD], *([f"{more} more"] if more > 0 else [])]
        return f" (recordings: {', '.join(shown)})"


def callable_flows(flows: Mapping[str, Flow]) -> tuple[Flow, ...]:
    """Return the flows that calls can begin in; those with `results` are parts of others, and published with them."""
    return tuple(flow for flow in flows.values() if not flow.results)


def standings(
    flows: Mapping[str, Flow],
    live: Iterable[FlowVersion],
    recordings: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> tuple[Standing, ...]:
    """Tell of every flow how its files stand to its live version, by name.

    `recordings` are those that differ, by flow, where the live versions were read.
    """
    versions = {version.flow: version for version in live}
    files = {flow.name: flow.version for flow in callable_flows(flows)}
    return tuple(
        _standing(name, files.get(name), versions.get(name), recordings.get(name, ()))
        for name in sorted(files.keys() | versions.keys())
    )


def _standing(name: str, digest: str | None, version: FlowVersion | None, recordings: tuple[str, ...]) -> Standing:
    if version is None:
        return Standing(flow=name, state=State.NEW, number=None)
    if digest is None:
        return Standing(flow=name, state=State.GONE, number=version.number)
    state = State.SAME if digest == version.digest else State.CHANGED
    return Standing(flow=name, state=state, number=version.number, recordings=recordings)
