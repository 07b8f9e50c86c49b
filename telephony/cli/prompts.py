"""`ringside prompts render|list`: makes the sound file of every prompt that has none; shows what there is."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from telephony.cli import company
from telephony.cli.output import FINDINGS, OK, complain, say, say_json, say_table
from telephony.settings import load_settings
from telephony.speech.progress import ProgressBar
from telephony.speech.prompts import Listed, PromptStore


def run(asked: argparse.Namespace) -> int:
    """Render what is missing, or list the prompts."""
    store = company.prompts(load_settings(asked.config))
    return show(store, asked) if asked.sub == "list" else render(store, asked)


def render(store: PromptStore, asked: argparse.Namespace) -> int:
    """Render what is missing, and show how far it has come."""
    done = asyncio.run(store.render(ProgressBar("rendering prompts", sys.stderr, terminal=sys.stderr.isatty())))
    if asked.json:
        say_json({"made": done.made, "kept": done.kept, "failed": list(done.failed)})
    else:
        say(f"{done.made} prompts rendered, {done.kept} were there already")
    for fault in done.failed:
        complain(fault)
    _tell_strays(store)
    return FINDINGS if done.failed else OK


def show(store: PromptStore, asked: argparse.Namespace) -> int:
    """List the prompts; with `--missing` only those that are not rendered, and exit 1 when there are any."""
    chosen = [
        each
        for each in store.listed()
        if asked.lang in {None, each.prompt.language} and not (asked.missing and each.seconds is not None)
    ]
    if asked.json:
        say_json([_fields(each) for each in chosen])
    else:
        _say_rows(chosen)
    _tell_strays(store)
    return FINDINGS if asked.missing and chosen else OK


def _say_rows(chosen: Sequence[Listed]) -> None:
    heads = ("prompt", "language", "made by", "seconds", "file")
    rows = [
        (
            each.prompt.text_id,
            each.prompt.language,
            each.made_by,
            "missing" if each.seconds is None else f"{each.seconds:.1f}",
            str(each.file),
        )
        for each in chosen
    ]
    say_table(heads, rows)
    say(f"{len(chosen)} prompts, {sum(each.seconds or 0.0 for each in chosen):.0f} s")


def _fields(each: Listed) -> dict[str, object]:
    return {
        "id": each.prompt.text_id,
        "language": each.prompt.language,
        "text": each.text,
        "made_by": each.made_by,
        "seconds": None if each.seconds is None else round(each.seconds, 3),
        "file": each.file,
    }


def _tell_strays(store: PromptStore) -> None:
    for file in store.strays():
        complain(f"{file}: takes no text's place; name it as the text, or remove it")
