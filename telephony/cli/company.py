"""Builds from the settings what several commands need: the flows, the prompts."""

from pathlib import Path
from types import MappingProxyType

from telephony.errors import FlowError
from telephony.ivr.loader import (
    FlowSet,
    load_flows,
    read_all_flows,
    read_all_texts,
    read_linked,
    read_written,
    with_pieces,
)
from telephony.ivr.sources import PROMPTS, read_file, read_folder
from telephony.ivr.yaml_tree import Faults
from telephony.settings import Configuration
from telephony.settings.domain import names_of, voices_of
from telephony.speech.prompts import PromptStore


def flows(configured: Configuration) -> FlowSet:
    """Return the flows. Raises FlowError with every fault."""
    return load_flows(configured.flows_dir, names_of(configured))


def flow_in(path: Path, configured: Configuration) -> FlowSet:
    """Return the flow of one file, wherever it lies, or those of a folder. Raises FlowError with every fault.

    Its texts are those of `prompts/` beside it, else of the company's flows.
    """
    if path.is_dir():
        return load_flows(path, names_of(configured))
    faults = Faults()
    beside = path.parent / PROMPTS
    folder = path.parent if beside.is_dir() else configured.flows_dir
    source = read_file(path, faults)
    around = read_folder(folder, faults)
    texts = read_all_texts(around, faults)
    written = None if source is None else read_written(source, str(path), faults)
    flow = None
    if written is not None:
        others = {name: each for name, each in read_all_flows(around, Faults()).items() if name != written.name}
        flow = read_linked(written, {**others, written.name: written}, names_of(configured), texts, faults)
    if faults.told or flow is None:
        raise FlowError(faults.told)
    return FlowSet(flows=MappingProxyType({flow.name: flow}), texts=with_pieces(texts, [flow]), sources=around)


def prompts(configured: Configuration) -> PromptStore:
    """Return the prompts of the flows. Raises FlowError."""
    return PromptStore(
        recordings=configured.recordings_dir,
        seen_as=configured.recordings_seen_as,
        spoken=configured.flows_dir / "prompts",
        texts=flows(configured).texts,
        voices=voices_of(configured),
    )
