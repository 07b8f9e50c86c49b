"""`ringside simulate FLOW`: plays a flow in the terminal and prints what the caller hears."""

import argparse
import sys
from pathlib import Path

from telephony.cli import company
from telephony.cli.output import FINDINGS, MISUSE, OK, complain, say, say_json
from telephony.cli.simulate_given import Given, MisuseError, given_by
from telephony.cli.simulate_live import play_live
from telephony.cli.walk_files import calendars_at, read_walk_file, run_walk_file
from telephony.ivr.coverage.cover import Covered, cover
from telephony.ivr.flow import Flow
from telephony.ivr.loader import FlowSet
from telephony.ivr.position import Seen
from telephony.ivr.reading import near
from telephony.ivr.walks.file import ENDING
from telephony.ivr.walks.paper import PaperCall
from telephony.ivr.walks.told import Line
from telephony.ivr.walks.transcript import played
from telephony.ivr.walks.writing import write_walks
from telephony.settings import Configuration, load_settings


def run(asked: argparse.Namespace) -> int:
    """Play the flow, run its walks, or propose some."""
    configured = load_settings(asked.config)
    try:
        loaded, flow = _flow(asked.flow, configured)
        if asked.walk is not None:
            return _run_walks(asked, loaded, flow, configured)
        if asked.cover:
            return _cover(asked, flow)
        if asked.write is not None:
            raise MisuseError("--write goes with --cover")
        return _play(asked, loaded, flow, configured)
    except MisuseError as error:
        complain(str(error))
        return MISUSE


def _flow(name: str, configured: Configuration) -> tuple[FlowSet, Flow]:
    file = Path(name)
    loaded = company.flow_in(file, configured) if file.is_file() else company.flows(configured)
    flow = next(iter(loaded.flows.values())) if file.is_file() else loaded.flows.get(name)
    if flow is None:
        raise MisuseError(f"no such flow: {name}{near(name, loaded.flows)}; there are {', '.join(loaded.flows)}")
    return loaded, flow


# --- one call --------------------------------------------------------------------------------------------------------


def _play(asked: argparse.Namespace, loaded: FlowSet, flow: Flow, configured: Configuration) -> int:
    given = given_by(asked, flow, configured)
    facts = given.scene.facts(flow, calendars_at(configured))
    call = PaperCall(flow, loaded.texts, facts, identified=given.caller.identified)
    if asked.keys is None and not asked.json and sys.stdin.isatty():
        return play_live(call, given.caller)
    played(call, given.caller)
    if asked.json:
        say_json(_as_json(flow, given, call))
    else:
        for line in call.lines:
            say(f"{at(line.at_s)}  {line}")
        say(summary(call))
    return OK


def at(seconds: float) -> str:
    """Return a moment of a call as `1:05`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:2}:{rest:02}"


def summary(call: PaperCall) -> str:
    """Return the outcome and the milestones of a call in one line."""
    milestones = [line.noted.value for line in call.lines if line.noted and line.noted.event is Seen.MILESTONE]
    outcomes = [line.noted.value for line in call.lines if line.noted and line.noted.event is Seen.OUTCOME]
    outcome = outcomes[-1] if outcomes else "none named"
    return f"{at(call.at_s)}  outcome: {outcome}; milestones: {', '.join(milestones) or 'none'}"


def _as_json(flow: Flow, given: Given, call: PaperCall) -> dict[str, object]:
    return {
        "flow": flow.name,
        "version": flow.version,
        "at": given.scene.at.isoformat() if given.scene.at else None,
        "transcript": [str(line) for line in call.lines],
        "lines": [_line_json(line) for line in call.lines],
        "path": list(dict.fromkeys(line.noted.node for line in call.lines if line.noted)),
        "milestones": [line.noted.value for line in call.lines if line.noted and line.noted.event is Seen.MILESTONE],
        "outcomes": [line.noted.value for line in call.lines if line.noted and line.noted.event is Seen.OUTCOME],
        "ends": list(call.ends),
        "seconds": round(call.at_s, 1),
    }


def _line_json(line: Line) -> dict[str, object]:
    told: dict[str, object] = {"at_s": line.at_s, "told": line.told.value, "text": line.text}
    if line.language:
        told |= {"language": line.language, "text_ids": list(line.text_ids)}
    if line.noted:
        told |= {"node": line.noted.node, "event": line.noted.event.value, "value": line.noted.value}
    return told


# --- walks -----------------------------------------------------------------------------------------------------------


def _run_walks(asked: argparse.Namespace, loaded: FlowSet, flow: Flow, configured: Configuration) -> int:
    if not asked.walk.is_file():
        raise MisuseError(f"--walk: there is no file {asked.walk}")
    walks = read_walk_file(asked.walk, flow, configured)
    results = run_walk_file(flow, loaded.texts, walks, configured)
    failed = [result for result in results if not result.passed]
    if asked.json:
        said = [
            {"name": each.walk.name, "ok": each.passed, "fault": "" if each.passed else str(each)} for each in results
        ]
        say_json({"flow": flow.name, "ok": not failed, "walks": said})
        return FINDINGS if failed else OK
    for result in failed:
        say(str(result))
        for line in result.lines:
            say(f"  {at(line.at_s)}  {line}")
    say(f"{len(results)} walks, {len(failed)} of them not as written")
    return FINDINGS if failed else OK


def _cover(asked: argparse.Namespace, flow: Flow) -> int:
    if asked.write is not None and not asked.write.name.endswith(ENDING):
        raise MisuseError(f"--write: the file's name must end in {ENDING}, is {asked.write}")
    found = cover(flow)
    text = write_walks(flow.name, found.walks, about=_about(flow, found))
    if asked.write is not None:
        try:
            asked.write.write_text(text, encoding="utf-8")
        except OSError as error:
            raise MisuseError(f"--write: {asked.write} cannot be written: {error.strerror}") from None
    if asked.json:
        missed = [{"node": each.edge.node, "way": str(each.edge), "reason": each.reason} for each in found.missed]
        say_json({"flow": flow.name, "walks": len(found.walks), "taken": found.taken, "missed": missed, "file": text})
    elif asked.write is None:
        say(text.rstrip())
    else:
        for line in _about(flow, found):
            say(line)
    return OK


def _about(flow: Flow, found: Covered) -> list[str]:
    ways = found.taken + len(found.missed)
    head = f"{len(found.walks)} walks take {found.taken} of {ways} ways of flow {flow.name}."
    return [head, *(f"Not taken: {each}" for each in found.missed)]
