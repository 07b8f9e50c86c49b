"""`ringside flows publish`: makes the files' flows the next versions; the next caller is served by them."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from telephony.calls.commands import Prompt
from telephony.cli.clock import MachineClock
from telephony.cli.flows.common import UnknownError, fields_of, or_misuse, read_flows, stored_flows
from telephony.cli.output import FINDINGS, OK, complain, say, say_json
from telephony.cli.who import user
from telephony.errors import FlowError
from telephony.ivr.loader import FlowSet, with_pieces
from telephony.ivr.texts import Texts
from telephony.ivr.versions.bundle import texts_in, together
from telephony.ivr.versions.version import Draft, FlowVersion
from telephony.journey.publishing import Check, before_publish, change_of, live_bundles, outdated, walks_in
from telephony.routing.calendars import Calendars
from telephony.settings import Configuration, load_settings
from telephony.settings.domain import calendars_of, voices_of
from telephony.speech.programs import SpeechError
from telephony.speech.progress import ProgressBar
from telephony.speech.prompts import PromptStore

SHOWN = 5
INSTEAD = (
    "callers who come to such a text hear 'sorry_hold_for_a_person' and are taken to the flow's 'no_keys' node, or by "
    "the carrier's own fallback to a person"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it."""

    published: Sequence[FlowVersion] = ()
    unchanged: Sequence[FlowVersion] = ()
    faults: Sequence[str] = ()
    silent: Sequence[Prompt] = ()
    """Texts without sound."""
    warnings: Sequence[str] = ()


def run(asked: argparse.Namespace) -> int:
    """Publish what has changed: all of it, or nothing."""
    return or_misuse(lambda: _run(asked))


def _run(asked: argparse.Namespace) -> int:
    configured = load_settings(asked.config)
    try:
        flows = read_flows(configured, asked.flows)
        _refuse_parts(flows, asked.flows)
        outcome = asyncio.run(_publish(asked, configured, flows))
    except FlowError as error:
        outcome = Outcome(faults=error.faults)
    _show(outcome, as_json=asked.json)
    return FINDINGS if outcome.faults else OK


def _refuse_parts(flows: FlowSet, named: Sequence[str]) -> None:
    for name in named:
        if flows.flows[name].results:
            raise UnknownError(f"{name} is made to be a part of other flows; it is published with each of them")


async def _publish(asked: argparse.Namespace, configured: Configuration, flows: FlowSet) -> Outcome:
    async with stored_flows(configured) as stored:
        walks, checks = walks_in(configured.flows_dir), _checks(configured)
        live = await stored.live()
        bundles = await live_bundles(stored, live)
        damaged = {version.flow for version in live} - bundles.keys()
        change = change_of(flows, live, only=asked.flows, walks=walks, checks=checks, damaged=damaged)
        if change.faults:
            return Outcome(faults=change.faults)
        prompts = _prompts(configured, _said(change.drafts, flows))
        failed, silent = await _render(prompts)
        if lost := await asyncio.to_thread(prompts.lost):
            names = ", ".join(f"{each.text_id} ({each.language})" for each in lost[:SHOWN])
            return Outcome(faults=[f"recordings were changed while they were published: {names}; publish again"])
        if silent and not asked.without_sound:
            names = ", ".join(f"{each.text_id} ({each.language})" for each in silent[:SHOWN])
            mend = f"{len(silent)} texts have no sound: {names}; mend that, or publish --without-sound: then {INSTEAD}"
            return Outcome(faults=(*failed, mend))
        published = await stored.publish(
            change.drafts, by=user(asked.by or ""), note=asked.note, at=MachineClock().now()
        )
    return Outcome(published=published, unchanged=change.unchanged, silent=silent, warnings=outdated(change, bundles))


def _checks(configured: Configuration) -> Sequence[Check]:
    zone = ZoneInfo(configured.settings.company.timezone)
    return before_publish(zone, Calendars(calendars_of(configured)), MachineClock().now())


def _said(drafts: Sequence[Draft], flows: FlowSet) -> Texts:
    return together(with_pieces(texts_in(each.bundle), [flows.flows[each.bundle.flow]]) for each in drafts)


def _prompts(configured: Configuration, texts: Texts) -> PromptStore:
    return PromptStore(
        recordings=configured.recordings_dir,
        seen_as=configured.recordings_seen_as,
        spoken=configured.flows_dir / "prompts",
        texts=texts,
        voices=voices_of(configured),
    )


async def _render(prompts: PromptStore) -> tuple[Sequence[str], Sequence[Prompt]]:
    """Make what sound is missing; return what went wrong, and the texts that still have none."""
    bar = ProgressBar("rendering prompts", sys.stderr, terminal=sys.stderr.isatty())
    failed: Sequence[str] = ()
    try:
        failed = (await prompts.render(bar)).failed
    except SpeechError as error:
        failed = (str(error),)
    return failed, await asyncio.to_thread(prompts.load)


def _show(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "published": [fields_of(version) for version in outcome.published],
                "unchanged": [fields_of(version) for version in outcome.unchanged],
                "faults": list(outcome.faults),
                "warnings": list(outcome.warnings),
                "without_sound": [{"id": each.text_id, "language": each.language} for each in outcome.silent],
            }
        )
        return
    for fault in outcome.faults:
        complain(fault)
    if outcome.faults:
        complain("nothing was published")
    for version in outcome.unchanged:
        say(f"{version.flow}: version {version.number}, which is live, is the same; there is nothing to publish")
    for version in outcome.published:
        over = f", after version {version.replaced}" if version.replaced else ""
        say(f"{version.flow}: version {version.number} is live{over}; calls under way stay on theirs")
    for warning in outcome.warnings:
        complain(warning)
    if outcome.silent and outcome.published:
        complain(f"{len(outcome.silent)} texts have no sound: {INSTEAD}")
