"""Loads flows: every file becomes a checked flow, or every fault in all of them is told at once."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from telephony.errors import FlowError
from telephony.ivr.check import findings
from telephony.ivr.flow import Flow, Value, texts_of
from telephony.ivr.linking import Linker, Written
from telephony.ivr.nodes.people import Queue
from telephony.ivr.reading import NAME, NAME_RULE
from telephony.ivr.sources import ARTICLES, PROMPTS, Sources, read_folder
from telephony.ivr.spoken import LANGUAGES, piece_texts
from telephony.ivr.spoken.agents import agent_texts
from telephony.ivr.spoken.waiting import waiting_texts
from telephony.ivr.surroundings import Names
from telephony.ivr.texts import COMMON_TEXTS, Recordings, Texts, read_article, read_texts, texts_of_articles
from telephony.ivr.yaml_tree import Faults, Place, Scalar, read_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSet:
    """Every flow by name, the texts they say, and the files they are written in."""

    flows: Mapping[str, Flow]
    texts: Texts
    sources: Sources

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language of any flow, sorted."""
        return tuple(sorted({language for flow in self.flows.values() for language in flow.languages}))


def load_flows(folder: Path, names: Names) -> FlowSet:
    """Return the folder's flows (`*.yaml`) with their texts (`prompts/<language>.yaml`) and articles.

    Raises FlowError with every fault of every file, as `file:line:column: what is wrong, and what is allowed`.
    """
    faults = Faults()
    sources = read_folder(folder, faults)
    return load_sources(sources, names, faults)


def load_sources(sources: Sources, names: Names, faults: Faults | None = None) -> FlowSet:
    """Return the flows written in these files. Raises FlowError as `load_flows`."""
    faults = faults or Faults()
    texts = read_all_texts(sources, faults)
    written = read_all_flows(sources, faults)
    flows: dict[str, Flow] = {}
    for each in written.values():
        flow = read_linked(each, written, names, texts, faults)
        if flow is not None:
            flows[flow.name] = flow
    if not flows and not faults.told:
        faults.add(Place(file=sources.folder), "holds no flow; put at least one *.yaml here")
    _check_common(sources, flows.values(), texts, faults)
    if faults.told:
        raise FlowError(faults.told)
    spoken = with_pieces(texts, flows.values())
    return FlowSet(flows=MappingProxyType(flows), texts=spoken, sources=sources)


def check_flows(folder: Path, names: Names) -> list[str]:
    """Return every fault of the folder's flows, one line each; [] when they may serve callers."""
    try:
        load_flows(folder, names)
    except FlowError as refused:
        return refused.faults
    return []


def read_flow(source: str, file: str, names: Names, texts: Texts, faults: Faults) -> Flow | None:
    """Return the flow written in `source`, fit to serve callers; None when it has faults, which go to `faults`."""
    flow = parse_flow(source, file, names, texts, faults)
    return None if flow is None else _proven(flow, faults)


def parse_flow(source: str, file: str, names: Names, texts: Texts, faults: Faults) -> Flow | None:
    """Return the flow written in `source`, wherever it may lead its callers; None when it cannot be understood."""
    written = read_written(source, file, faults)
    if written is None:
        return None
    flow = Linker({written.name: written}, names, texts, faults).read(written)
    return flow and replace(flow, version=version_of(flow, {written.name: written}, texts))


def read_linked(
    each: Written, written: Mapping[str, Written], names: Names, texts: Texts, faults: Faults
) -> Flow | None:
    """Return one of several flows, with those it leads into, fit to serve callers; None when it has faults."""
    flow = Linker(written, names, texts, faults).read(each)
    if flow is None:
        return None
    return _proven(replace(flow, version=version_of(flow, written, texts)), faults)


def _proven(flow: Flow, faults: Faults) -> Flow | None:
    found = findings(flow)
    for finding in found:
        faults.add(finding.at, f"{finding.text} [{finding.code}]")
    return None if found else flow


def read_all_flows(sources: Sources, faults: Faults) -> Mapping[str, Written]:
    """Return every flow as it is written, by name."""
    written: dict[str, Written] = {}
    for path, source in sources.files.items():
        if "/" in path:
            continue
        each = read_written(source, sources.shown(path), faults)
        if each and each.name in written:
            faults.add(Place(file=each.file), f"flow '{each.name}' is also in another file; each flow has one file")
        elif each:
            written[each.name] = each
    return written


def read_written(source: str, file: str, faults: Faults) -> Written | None:
    """Return a flow as it is written; None, with the reason among the faults, when it is not even that."""
    tree = read_yaml(source, file, faults)
    if tree is None:
        return None
    name = tree.items.get("flow")
    if not isinstance(name, Scalar) or not NAME.fullmatch(name.value):
        what = f"'flow' is '{name.value[:80]}'" if isinstance(name, Scalar) else "'flow' is missing"
        faults.add(name.place if name else tree.place, f"flow: {what}; {NAME_RULE}")
        return None
    return Written(name=name.value, file=file, source=source, tree=tree)


def read_all_texts(sources: Sources, faults: Faults) -> Texts:
    """Return the texts and articles of every language."""
    by_language: dict[str, dict[str, str]] = {}
    articles: dict[str, dict[str, tuple[str, ...]]] = {}
    for path, source in sources.files.items():
        parts = PurePosixPath(path)
        if parts.parent.as_posix() == PROMPTS:
            by_language[parts.stem] = dict(read_texts(source, sources.shown(path), faults))
        elif parts.parts[0] == ARTICLES:
            articles.setdefault(parts.parent.name, {})[parts.stem] = read_article(source, sources.shown(path), faults)
    for language, read in articles.items():
        by_language.setdefault(language, {}).update(texts_of_articles(read))
    return Texts(
        by_language=MappingProxyType(by_language),
        articles_by_language=MappingProxyType(articles),
        recordings=_recordings_in(sources),
    )


def _recordings_in(sources: Sources) -> Recordings:
    recordings: dict[str, dict[str, str]] = {}
    for path, digest in sources.recordings.items():
        file = PurePosixPath(path)
        recordings.setdefault(file.parent.name, {})[file.stem] = digest
    return MappingProxyType(recordings)


def with_pieces(texts: Texts, flows: Iterable[Flow]) -> Texts:
    """Return the texts, with the pieces of every value that the flows speak, and what their waiting callers hear."""
    by_language = {language: dict(each) for language, each in texts.by_language.items()}
    for flow in flows:
        for language, pieces in _pieces_of(flow).items():
            by_language.setdefault(language, {}).update(pieces)
    return replace(texts, by_language=MappingProxyType(by_language))


def _pieces_of(flow: Flow) -> Mapping[str, Mapping[str, str]]:
    values = [words for node in flow.nodes.values() for words in node.says() if isinstance(words, Value)]
    kinds, currencies = {value.kind for value in values}, {value.currency for value in values if value.currency}
    waits = any(isinstance(node, Queue) for node in flow.nodes.values())
    return {
        language: {
            **(piece_texts(kinds, language, currencies=currencies) if values else {}),
            **({**waiting_texts(language), **agent_texts(language)} if waits else {}),
        }
        for language in (flow.languages if values or waits else ())
        if language in LANGUAGES
    }


def recordings_of(flow: Flow, texts: Texts) -> Recordings:
    """Return the recordings that callers of the flow can hear; languages without any are left out."""
    if not texts.recordings:
        return MappingProxyType({})
    said = {*COMMON_TEXTS, *(text for node in flow.nodes.values() for text in texts_of(node))}
    pieces = _pieces_of(flow)
    heard = {}
    for language in flow.languages:
        ids = (said & set(texts.by_language.get(language, {}))) | set(pieces.get(language, {}))
        recorded = texts.recordings.get(language, {})
        if taken := {text_id: recorded[text_id] for text_id in sorted(ids) if text_id in recorded}:
            heard[language] = MappingProxyType(taken)
    return MappingProxyType(heard)


def version_of(flow: Flow, written: Mapping[str, Written], texts: Texts) -> str:
    """Return what changes whenever the flow, one that it leads into, a text that it says or its recording does."""
    said = sorted({*COMMON_TEXTS, *(text for node in flow.nodes.values() for text in texts_of(node))})
    words = [[texts.by_language.get(language, {}).get(text) for text in said] for language in flow.languages]
    made_of: list[object] = [[written[name].source for name in (flow.name, *flow.parts)], words]
    if recordings := recordings_of(flow, texts):  # without any, versions are named as before there were some
        made_of.append({language: dict(each) for language, each in recordings.items()})
    return hashlib.sha256(json.dumps(made_of, ensure_ascii=False).encode()).hexdigest()[:12]


def _check_common(sources: Sources, flows: Iterable[Flow], texts: Texts, faults: Faults) -> None:
    languages = {language for flow in flows for language in flow.languages} or set(texts.by_language)
    for language in sorted(languages & set(texts.by_language)):
        for text_id, when in COMMON_TEXTS.items():
            if text_id not in texts.by_language[language]:
                place = Place(file=sources.shown(f"{PROMPTS}/{language}.yaml"))
                faults.add(place, f"text '{text_id}' is missing; it is {when}")
