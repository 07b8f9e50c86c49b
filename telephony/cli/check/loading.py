"""Reads the flows that are checked; no more of the files around them than they need."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from telephony.errors import FlowError
from telephony.ivr.flow import Flow
from telephony.ivr.linking import Written
from telephony.ivr.loader import load_sources, read_all_flows, read_all_texts, read_linked, read_written, with_pieces
from telephony.ivr.sources import PROMPTS, Sources, read_file, read_folder
from telephony.ivr.texts import Texts
from telephony.ivr.yaml_tree import Faults
from telephony.ivr.yaml_tree import Mapping as Tree
from telephony.settings import Configuration
from telephony.settings.domain import names_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was read: the flows without faults, and the faults of the others."""

    flows: Mapping[str, Flow]
    texts: Texts
    sources: Sources
    faults: tuple[str, ...]
    folder: Path
    """Where walks are looked for."""
    is_folder: bool


def load(path: Path, configured: Configuration) -> Checked:
    """Return the flow of one file, or all flows of a folder.

    The texts of a single file are those of `prompts/` beside it, else of the company's flows.
    """
    return _folder(path, configured) if path.is_dir() else _file(path, configured)


def _folder(path: Path, configured: Configuration) -> Checked:
    faults = Faults()
    sources = read_folder(path, faults)
    try:
        found = load_sources(sources, names_of(configured), faults)
    except FlowError as refused:
        none = Texts(by_language={})
        told = tuple(refused.faults)
        return Checked(flows={}, texts=none, sources=sources, faults=told, folder=path, is_folder=True)
    return Checked(flows=found.flows, texts=found.texts, sources=sources, faults=(), folder=path, is_folder=True)


def _file(path: Path, configured: Configuration) -> Checked:
    faults = Faults()
    folder = path.parent if (path.parent / PROMPTS).is_dir() else configured.flows_dir
    sources = read_folder(folder, faults)
    texts = read_all_texts(sources, faults)
    source = read_file(path, faults)
    written = None if source is None else read_written(source, str(path), faults)
    flow = None
    if written is not None:
        others = _others(written, path.name if folder == path.parent else "", sources)
        flow = read_linked(written, {**others, written.name: written}, names_of(configured), texts, faults)
    flows = {} if flow is None else {flow.name: flow}
    return Checked(
        flows=flows,
        texts=with_pieces(texts, flows.values()),
        sources=sources,
        faults=tuple(faults.told),
        folder=path.parent,
        is_folder=False,
    )


def _others(written: Written, own_file: str, sources: Sources) -> Mapping[str, Written]:
    """Return the flows beside one that leads into some of them; none for one that stands alone, which is quicker."""
    nodes = written.tree.items.get("nodes")
    if not isinstance(nodes, Tree) or not any(isinstance(n, Tree) and "flow" in n.items for n in nodes.items.values()):
        return {}
    rest = {file: source for file, source in sources.files.items() if file != own_file}
    found = read_all_flows(replace(sources, files=MappingProxyType(rest)), Faults())
    return {name: each for name, each in found.items() if name != written.name}
