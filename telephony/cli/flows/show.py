"""`ringside flows show`: a version as it was written."""

import argparse
import asyncio

from telephony.cli.flows.common import UnknownError, fields_of, live_among, one_of, or_misuse, stored_flows
from telephony.cli.output import OK, say, say_json
from telephony.ivr.versions.bundle import Bundle, texts_in
from telephony.ivr.versions.difference import SHOWN_OF_DIGEST
from telephony.ivr.versions.version import FlowVersion
from telephony.settings import Configuration, load_settings


def run(asked: argparse.Namespace) -> int:
    """Print a version: the live one unless a number is given."""
    return or_misuse(lambda: _run(asked))


def _run(asked: argparse.Namespace) -> int:
    version, bundle = asyncio.run(_read(load_settings(asked.config), asked.flow, asked.number))
    if asked.json:
        texts = {language: dict(each) for language, each in texts_in(bundle).by_language.items()}
        recordings = {language: dict(each) for language, each in (bundle.recordings or {}).items()}
        say_json(
            {
                **fields_of(version),
                "files": dict(bundle.files),
                "texts": texts,
                "recordings": recordings,
                "walks": dict(bundle.walks),
            }
        )
        return OK
    live = ", live" if version.live else ""
    say(
        f"# {version.shown}{live}: published {version.at:%Y-%m-%d %H:%M:%S} UTC by {version.by} {version.note}".rstrip()
    )
    for path, source in bundle.files.items():
        say(f"# --- {path}")
        say(source.rstrip("\n"))
    for language, known in texts_in(bundle).by_language.items():
        say(f"# --- prompts/{language}.yaml, as far as it is said")
        for text_id, text in known.items():
            say(f"# {text_id}: {text}")
    for language, recorded in (bundle.recordings or {}).items():
        say(f"# --- prompts/{language}/*.wav, with the beginnings of their sha256")
        for text_id, digest in recorded.items():
            say(f"# {text_id}.wav: {digest[:SHOWN_OF_DIGEST]}")
    return OK


async def _read(configured: Configuration, flow: str, number: int | None) -> tuple[FlowVersion, Bundle]:
    async with stored_flows(configured) as stored:
        versions = await stored.versions(flow)
        version = live_among(versions, flow) if number is None else one_of(versions, flow, number)
        if version is None:
            known = ", ".join(str(each.number) for each in versions)
            raise UnknownError(f"{flow} has no live version" + (f"; there are {known}" if known else ""))
        return version, await stored.bundle(version)
