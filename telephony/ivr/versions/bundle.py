"""A flow with all it is made of, apart from every file: what a published version keeps for ever."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from telephony.errors import FlowError
from telephony.ivr.flow import Flow, texts_of
from telephony.ivr.loader import FlowSet, read_all_flows, read_linked, recordings_of, with_pieces
from telephony.ivr.nodes.information import Information
from telephony.ivr.reading import NAME
from telephony.ivr.sources import Sources
from telephony.ivr.surroundings import Names
from telephony.ivr.texts import COMMON_TEXTS, Recordings, Texts, texts_of_articles
from telephony.ivr.yaml_tree import Faults

RECIPE = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PLACE = re.compile(r":\d+:\d+$")
_PART = re.compile(r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]*")
"""Of a path: such as a language, which names a folder of recordings."""
_PATH = re.compile(rf"{_PART.pattern}(?:/{_PART.pattern})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One flow as it was written, with the flows it leads into and the texts and articles it can say, no others."""

    flow: str
    files: Mapping[str, str]
    """The flow's own file and those of the flows it leads into, by path below the flows' folder; its own is first."""
    texts: Mapping[str, Mapping[str, str]]
    """By language and id."""
    articles: Mapping[str, Mapping[str, tuple[str, ...]]]
    """The paragraphs, by language and article."""
    walks: Mapping[str, str] = field(default_factory=dict)
    """The files of walks through the flow, by path."""
    recordings: Recordings | None = field(default_factory=dict)
    """Of the texts that it can say. None for a version published before recordings were a part of it."""

    @property
    def file(self) -> str:
        """The path of the flow's own file."""
        return next(iter(self.files))


def bundle_of(flow: Flow, flows: FlowSet, walks: Mapping[str, str] = MappingProxyType({})) -> Bundle:
    """Return the bundle of a flow that was read from these sources; `walks` are the files of walks through it."""
    return Bundle(
        flow=flow.name,
        files=MappingProxyType(_files_of(flow, flows.sources)),
        texts=MappingProxyType({language: _said(flow, flows.texts, language) for language in flow.languages}),
        articles=MappingProxyType({language: _read_aloud(flow, flows.texts, language) for language in flow.languages}),
        walks=walks,
        recordings=recordings_of(flow, flows.texts),
    )


def _files_of(flow: Flow, sources: Sources) -> dict[str, str]:
    # every flow has nodes, and every node knows its file: no need to read the files again
    shown = {sources.shown(path): path for path in sources.files}
    own = _PLACE.sub("", flow.nodes[flow.start].at)
    others = sorted({_PLACE.sub("", node.at) for node in flow.nodes.values()} - {own})
    return {shown[file]: sources.files[shown[file]] for file in (own, *others)}


def _said(flow: Flow, texts: Texts, language: str) -> Mapping[str, str]:
    known = texts.by_language.get(language, {})
    ids = {*COMMON_TEXTS, *(text_id for node in flow.nodes.values() for text_id in texts_of(node))}
    return MappingProxyType(
        {text_id: known[text_id] for text_id in sorted(ids) if text_id in known and text_id[0] != "_"}
    )


def _read_aloud(flow: Flow, texts: Texts, language: str) -> Mapping[str, tuple[str, ...]]:
    known = texts.articles(language)
    names = sorted({node.article for node in flow.nodes.values() if isinstance(node, Information)})
    return MappingProxyType({name: known[name] for name in names if name in known})


def texts_in(bundle: Bundle) -> Texts:
    """Return the bundle's texts, articles and recordings, without pieces of spoken values."""
    by_language = {
        language: MappingProxyType({**texts, **texts_of_articles(bundle.articles.get(language, {}))})
        for language, texts in bundle.texts.items()
    }
    return Texts(
        by_language=MappingProxyType(by_language),
        articles_by_language=bundle.articles,
        recordings=bundle.recordings,
    )


def load_bundle(bundle: Bundle, names: Names, *, shown: str, version: str = "") -> FlowSet:
    """Return the bundle's one flow with its texts.

    `shown` begins the places in messages. `version` is what the flow was published under: a newer Ringside might
    work it out in another way, and journals name this one.

    Raises FlowError with every fault, e.g. of a queue that is gone from the settings.
    """
    faults = Faults()
    sources = Sources(folder=shown, files=bundle.files)
    texts = texts_in(bundle)
    written = read_all_flows(sources, faults)
    root = written.get(bundle.flow)
    read = None if root is None else read_linked(root, written, names, texts, faults)
    if read is None or faults.told:
        raise FlowError(faults.told or [f"{shown}: holds no flow '{bundle.flow}'"])
    flow = replace(read, version=version or read.version)
    return FlowSet(flows=MappingProxyType({flow.name: flow}), texts=with_pieces(texts, [flow]), sources=sources)


def together(texts: Iterable[Texts]) -> Texts:
    """Return the texts of several flows as one, without articles' titles; of two texts of one id, the first."""
    joined: dict[str, dict[str, str]] = {}
    recordings: dict[str, dict[str, str]] = {}
    known_all = True
    for each in texts:
        known_all = known_all and each.recordings is not None
        for language, known in each.by_language.items():
            recorded = (each.recordings or {}).get(language, {})
            others = joined.setdefault(language, {})
            # a text's recording goes with it: another flow's may say something else
            taken = {text_id: digest for text_id, digest in recorded.items() if text_id not in others}
            recordings.setdefault(language, {}).update(taken)
            others.update({text_id: text for text_id, text in known.items() if text_id not in others})
    return Texts(by_language=MappingProxyType(joined), recordings=MappingProxyType(recordings) if known_all else None)


# --- as text, for the store -----------------------------------------------------------------------------------------


def written_down(bundle: Bundle) -> str:
    """Return the bundle as text, the same for equal bundles."""
    made_of: dict[str, object] = {
        "recipe": RECIPE,
        "flow": bundle.flow,
        "files": list(bundle.files.items()),
        "texts": {language: dict(texts) for language, texts in bundle.texts.items()},
        "articles": {language: dict(articles) for language, articles in bundle.articles.items()},
        "walks": dict(bundle.walks),
    }
    if bundle.recordings is not None:
        made_of["recordings"] = {language: dict(each) for language, each in bundle.recordings.items()}
    # ASCII only: PostgreSQL takes no NUL, and some text could hold one
    return json.dumps(made_of, separators=(",", ":"))


def checksum_of(text: str) -> str:
    """Return what changes whenever any character of a bundle that was written down does."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_back(text: str, checksum: str, *, shown: str) -> Bundle:
    """Return the bundle that was written down. Raises FlowError when it is not what it was."""
    if checksum_of(text) != checksum:
        raise FlowError([f"{shown}: is not what was published; somebody or something has changed it in the database"])
    try:
        made_of = json.loads(text)
        if made_of["recipe"] != RECIPE:
            raise FlowError([f"{shown}: was published by a newer Ringside; install that version, or publish again"])
        return Bundle(
            flow=_text(made_of["flow"]),
            files=_texts(dict(made_of["files"]), _PATH),
            texts=MappingProxyType({_name(name, _PART): _texts(each, NAME) for name, each in made_of["texts"].items()}),
            articles=MappingProxyType(
                {_name(name, _PART): _articles(each) for name, each in made_of["articles"].items()}
            ),
            walks=_texts(made_of["walks"], _PATH),
            recordings=_recordings_back(made_of.get("recordings")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FlowError([f"{shown}: cannot be read ({type(error).__name__}); publish the flow again"]) from error


def _texts(each: Mapping[object, object], names: re.Pattern[str]) -> Mapping[str, str]:
    return MappingProxyType({_name(name, names): _text(text) for name, text in each.items()})


def _articles(each: Mapping[object, Iterable[object]]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType(
        {_name(name, _PART): tuple(map(_text, _listed(paragraphs))) for name, paragraphs in each.items()}
    )


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    value.encode()  # JSON may hold halves of characters, which nothing can store or speak
    return value


def _name(value: object, names: re.Pattern[str]) -> str:
    if names.fullmatch(_text(value)) is None:
        raise ValueError(value)
    return _text(value)


def _recordings_back(recordings: Mapping[str, Mapping[str, str]] | None) -> Recordings | None:
    if recordings is None:
        return None
    if not all(_DIGEST.fullmatch(digest) for each in recordings.values() for digest in each.values()):
        raise ValueError("a recording without its sha256")
    return MappingProxyType({language: MappingProxyType(dict(each)) for language, each in recordings.items()})
