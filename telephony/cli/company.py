"""Builds from the settings what several commands need: the flows, the prompts."""

from pathlib import Path
from types import MappingProxyType

from telephony.errors import FlowError
from telephony.ivr.loader import FlowSet, load_flows, read_flow
from telephony.ivr.texts import Texts, read_texts
from telephony.ivr.yaml_tree import Faults
from telephony.settings import Configuration
from telephony.settings.domain import known_of, voices_of
from telephony.speech.prompts import PromptStore


def flows(configured: Configuration) -> FlowSet:
    """Return the flows. Raises FlowError with every fault."""
    return load_flows(configured.flows_dir, known_of(configured))


def flow_in(path: Path, configured: Configuration) -> FlowSet:
    """Return the flow of one file, wherever it lies, or those of a folder. Raises FlowError with every fault.

    Its texts are those of `prompts/` beside it, else of the company's flows.
    """
    if path.is_dir():
        return load_flows(path, known_of(configured))
    faults = Faults()
    beside = path.parent / "prompts"
    texts = _texts(beside if beside.is_dir() else configured.flows_dir / "prompts", faults)
    flow = read_flow(_source(path), str(path), known_of(configured), texts, faults)
    if faults.told or flow is None:
        raise FlowError(faults.told)
    return FlowSet(flows=MappingProxyType({flow.name: flow}), texts=texts)


def _texts(folder: Path, faults: Faults) -> Texts:
    return Texts(
        by_language={path.stem: read_texts(_source(path), str(path), faults) for path in sorted(folder.glob("*.yaml"))}
    )


def _source(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FlowError([f"{path}: is not UTF-8 text (byte {error.start})"]) from error
    except OSError as error:
        raise FlowError([f"{path}: cannot be read: {error.strerror}"]) from error


def prompts(configured: Configuration) -> PromptStore:
    """Return the prompts of the flows. Raises FlowError."""
    return PromptStore(
        recordings=configured.recordings_dir,
        seen_as=configured.recordings_seen_as,
        spoken=configured.flows_dir / "prompts",
        texts=flows(configured).texts,
        voices=voices_of(configured),
    )
