"""`ringside flows rollback` and `withdraw`: callers are served by an earlier version again, or by none."""

import argparse
import asyncio
from collections.abc import Sequence

from telephony.cli.clock import MachineClock
from telephony.cli.flows.common import UnknownError, live_among, one_of, or_misuse, stored_flows
from telephony.cli.flows.kept import told_of_lost
from telephony.cli.output import MISUSE, OK, complain, say, say_json
from telephony.cli.who import user
from telephony.ivr.versions.bundle import load_bundle
from telephony.ivr.versions.version import FlowVersion
from telephony.settings import Configuration, load_settings
from telephony.settings.domain import names_of
from telephony.store.flows import StoredFlows

WITHDRAW = "withdraw"


def run(asked: argparse.Namespace) -> int:
    """Move what is live."""
    return or_misuse(lambda: _run(asked))


def _run(asked: argparse.Namespace) -> int:
    configured = load_settings(asked.config)
    if asked.sub == WITHDRAW and (key := _needed_by(configured, asked.flow)):
        complain(f"{asked.flow} serves the calls of {key}; name another flow there first")
        return MISUSE
    left, to, lost = asyncio.run(_move(asked, configured))
    if asked.json:
        say_json({"flow": asked.flow, "from": left, "to": to})
    elif to is None:
        say(f"{asked.flow}: no version is live any more; calls under way stay on version {left}")
    elif to == left:
        say(f"{asked.flow}: version {to} is live already")
    else:
        say(f"{asked.flow}: version {to} is live again, after version {left}; calls under way stay on theirs")
    if lost:
        complain(lost)
    return OK


def _needed_by(configured: Configuration, flow: str) -> str:
    ivr = configured.settings.ivr
    needed = [f"ivr.numbers.{number}" for number, named in ivr.numbers.items() if named == flow]
    return ", ".join([*(["ivr.default_flow"] if ivr.default_flow == flow else []), *needed])


async def _move(asked: argparse.Namespace, configured: Configuration) -> tuple[int | None, int | None, str]:
    """Return what was live, what is live now, and which of its recordings are gone."""
    async with stored_flows(configured) as stored:
        versions = await stored.versions(asked.flow)
        live = live_among(versions, asked.flow)
        left = live.number if live else None
        to, lost = None, ""
        if asked.sub == WITHDRAW and live is None:
            raise UnknownError(f"{asked.flow} has no live version")
        if asked.sub != WITHDRAW:
            target = _target(versions, asked, live)
            lost = await _require_fit(stored, target, configured)
            to = target.number
        if to != left:
            await stored.move(
                asked.flow, to, over=left, by=user(asked.by or ""), note=asked.note, at=MachineClock().now()
            )
    return left, to, lost


def _target(versions: Sequence[FlowVersion], asked: argparse.Namespace, live: FlowVersion | None) -> FlowVersion:
    if asked.to is not None:
        return one_of(versions, asked.flow, asked.to)
    if live is None or live.replaced is None:
        known = ", ".join(str(version.number) for version in versions) or "none"
        raise UnknownError(f"{asked.flow}: there is no version before the live one; choose one with --to: {known}")
    return one_of(versions, asked.flow, live.replaced)


async def _require_fit(stored: StoredFlows, version: FlowVersion, configured: Configuration) -> str:
    """Return which recordings of the version are gone, '' for none.

    Raises FlowError when the settings have moved on and callers could not be served by this version.
    """
    loaded = load_bundle(await stored.bundle(version), names_of(configured), shown=version.shown)
    return await asyncio.to_thread(told_of_lost, version, loaded.texts, configured)
