"""Looks at what is published: whether it is what it was, and how its recordings stand to the files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from telephony.errors import FlowError, RingsideError
from telephony.ivr.flow import Flow
from telephony.ivr.loader import recordings_of
from telephony.ivr.texts import Texts
from telephony.ivr.versions.bundle import Bundle
from telephony.ivr.versions.difference import between_recordings
from telephony.ivr.versions.version import FlowVersion
from telephony.settings import Configuration
from telephony.settings.domain import voices_of
from telephony.speech.prompts import PromptStore
from telephony.store.flows import StoredFlows

MOST_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was found. `faults` has a line for each version that is not what was published, with what to do."""

    faults: tuple[str, ...] = ()
    recordings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Those of the files that differ from the live version's, by flow."""


async def look_at(
    stored: StoredFlows, versions: Iterable[FlowVersion], flows: Mapping[str, Flow], texts: Texts
) -> Kept:
    """Return what is to be told of these versions beside the files' flows. Raises StoreUnavailableError."""
    faults: list[str] = []
    recordings: dict[str, tuple[str, ...]] = {}
    for version in versions:
        try:
            bundle = await stored.bundle(version)
        except FlowError as error:
            mend = f"; `ringside flows publish {version.flow}` makes a new version" if version.live else ""
            faults += [f"{fault}{mend}" for fault in error.faults]
            continue
        if version.live and version.flow in flows:
            recordings[version.flow] = _differing(bundle, flows[version.flow], texts)
    return Kept(faults=tuple(faults), recordings=recordings)


def _differing(live: Bundle, flow: Flow, texts: Texts) -> tuple[str, ...]:
    files = replace(live, recordings=recordings_of(flow, texts))
    return tuple(f"{each.name} [{each.language}] {each.change}" for each in between_recordings(live, files))


def told_of_lost(version: FlowVersion, texts: Texts, configured: Configuration) -> str:
    """Return which recordings of a version can be had no more, '' when there is none."""
    try:
        lost = PromptStore(
            recordings=configured.recordings_dir,
            seen_as=configured.recordings_seen_as,
            spoken=configured.flows_dir / "prompts",
            texts=texts,
            voices=voices_of(configured),
        ).lost()
    except RingsideError:  # a voice is away: told elsewhere
        return ""
    if not lost:
        return ""
    shown = ", ".join(f"{prompt.text_id} [{prompt.language}]" for prompt in lost[:MOST_TOLD])
    more = f" and {len(lost) - MOST_TOLD} more" if len(lost) > MOST_TOLD else ""
    return f"{version.shown}: the voice speaks in the place of recordings that are gone: {shown}{more}"
