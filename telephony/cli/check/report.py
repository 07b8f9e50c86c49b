"""What a check tells: findings and bounds, for people and for programs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from telephony.cli.check.loading import Checked
from telephony.cli.check.walks import walked
from telephony.cli.clock import MachineClock
from telephony.cli.flows.standing import told_of_files
from telephony.cli.output import complain
from telephony.errors import RingsideError
from telephony.ivr.check import Around, Bound, Code, Finding, bounds, review
from telephony.ivr.check.finding import Severity
from telephony.ivr.check.graph import round_trip
from telephony.ivr.check.languages import unused_texts
from telephony.ivr.check.lengths import in_words
from telephony.ivr.flow import Flow
from telephony.ivr.sources import PROMPTS
from telephony.ivr.walk import MOST_STEPS
from telephony.journey.calendar_year import year_of
from telephony.settings import Configuration
from telephony.settings.domain import calendars_of, voices_of
from telephony.speech.prompts import PromptStore

TOLD = re.compile(r"(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?P<text>.*?)(?: \[(?P<code>[a-z_]+)\])?", re.DOTALL)
NODE = re.compile(r"node '([^']*)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One finding as it is printed."""

    code: Code
    file: str
    line: int
    column: int
    node: str
    text: str

    @property
    def is_error(self) -> bool:
        """Tell whether the flow must not serve callers."""
        return self.code.severity is Severity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that is told of what was checked."""

    told: tuple[Told, ...]
    bounds: Mapping[str, Bound]
    """By flow."""
    walks: int
    """How many were run."""
    published: tuple[str, ...]
    """A line for each flow that callers hear in another version than its file's."""


def report_of(checked: Checked, configured: Configuration, *, strict: bool) -> Report:
    """Return what is to be told. `strict` also looks for texts that no flow says."""
    around = _around(checked, configured)
    found = _once([(flow, finding) for flow in checked.flows.values() for finding in review(flow, around)])
    if strict and checked.is_folder:
        found += unused_texts(checked.flows.values(), checked.texts, _places(checked))
    walks = walked(checked, configured)
    told = dict.fromkeys([*map(told_of_fault, (*checked.faults, *walks.faults)), *map(_told, found)])
    return Report(
        told=tuple(sorted(told, key=lambda each: (each.file, each.line, each.column))),
        bounds={name: bounds(flow, around) for name, flow in checked.flows.items()},
        walks=walks.run,
        published=tuple(_told_of_files(checked, configured)),
    )


def _once(found: Sequence[tuple[Flow, Finding]]) -> list[Finding]:
    """Return the findings without those in parts that are told of the part itself."""
    own = {(finding.at, finding.code) for flow, finding in found if _is_own(finding, flow)}
    return [each for flow, each in found if _is_own(each, flow) or (each.at, each.code) not in own]


def _is_own(finding: Finding, flow: Flow) -> bool:
    return finding.at.rsplit(":", 2)[0] == flow.nodes[flow.start].at.rsplit(":", 2)[0]


def _told_of_files(checked: Checked, configured: Configuration) -> Sequence[str]:
    """Return where the company's own files differ from what is live; nothing of files that lie elsewhere."""
    if checked.faults or checked.folder.resolve() != configured.flows_dir.resolve():
        return ()
    return told_of_files(checked.flows, checked.texts, configured, whole=checked.is_folder)


def _around(checked: Checked, configured: Configuration) -> Around:
    now = MachineClock().now()
    years = {name: year_of(calendar, now) for name, calendar in calendars_of(configured).items()}
    try:
        prompts = PromptStore(
            recordings=configured.recordings_dir,
            seen_as=configured.recordings_seen_as,
            spoken=Path(checked.sources.folder) / PROMPTS,
            texts=checked.texts,
            voices=voices_of(configured),
        )
        missing = frozenset(prompts.load())
    except RingsideError as refused:  # a voice may be away from the machine on which a tree is checked
        complain(f"prompts are not looked at, and their lengths are estimated: {refused}")
        return Around(texts=checked.texts, years=years)
    return Around(texts=checked.texts, years=years, rendered_s=prompts.length_s, missing=missing)


def _places(checked: Checked) -> Iterable[tuple[str, str, str]]:
    """Give language, id and place of every text; one that cannot be found by its line's beginning is left out."""
    for path, source in checked.sources.files.items():
        folder, _, name = path.rpartition("/")
        for number, line in enumerate(source.splitlines(), 1) if folder == PROMPTS else ():
            text_id, colon, _ = line.partition(":")
            if colon and text_id.isidentifier():
                yield name.removesuffix(".yaml"), text_id, f"{checked.sources.shown(path)}:{number}:1"


def _told(finding: Finding) -> Told:
    file, line, column = finding.at.rsplit(":", 2)
    return Told(code=finding.code, file=file, line=int(line), column=int(column), node=finding.node, text=finding.text)


def told_of_fault(fault: str) -> Told:
    """Return a fault of the loader, which is one line of text, in its parts."""
    parts = TOLD.fullmatch(fault)
    if parts is None:
        return Told(code=Code.FAULT, file="", line=1, column=1, node="", text=fault)
    node = NODE.search(parts["text"])
    known = parts["code"] in set(Code)
    return Told(
        code=Code(parts["code"]) if known else Code.FAULT,
        file=parts["file"],
        line=int(parts["line"]),
        column=int(parts["column"]),
        node=node[1] if node else "",
        text=parts["text"] if known or not parts["code"] else f"{parts['text']} [{parts['code']}]",
    )


# --- for people and for programs -------------------------------------------------------------------------------------


def as_lines(report: Report) -> Iterable[str]:
    """Give the findings for people, in the form that editors know how to jump to."""
    for told in report.told:
        place = f"{told.file}:{told.line}:{told.column}: " if told.file else ""
        yield f"{place}{told.code.severity}: {told.text} [{told.code}]"


def bound_lines(report: Report) -> Iterable[str]:
    """Give the bounds of each flow for people."""
    for name, bound in report.bounds.items():
        yield f"{name}: without going round: at most {bound.steps} steps, {in_words(bound.seconds)}"
        if bound.silent_s is not None:
            yield f"{name}: who presses nothing reaches people or an end within {in_words(bound.silent_s)}"
        for names in bound.rounds:
            yield f"{name}: going round {round_trip(names)}: ended after {MOST_STEPS} steps"


def as_json(reports: Sequence[Report], *, failed: bool) -> object:
    """Return everything for programs."""
    told = [each for report in reports for each in report.told]
    errors = sum(each.is_error for each in told)
    return {
        "ok": not failed,
        "errors": errors,
        "warnings": len(told) - errors,
        "walks": sum(report.walks for report in reports),
        "published": [line for report in reports for line in report.published],
        "findings": [_finding_json(each) for each in told],
        "bounds": {name: _bound_json(bound) for report in reports for name, bound in report.bounds.items()},
    }


def _finding_json(told: Told) -> object:
    return {
        "severity": told.code.severity.value,
        "code": told.code.value,
        "file": told.file,
        "line": told.line,
        "column": told.column,
        "node": told.node,
        "text": told.text,
    }


def _bound_json(bound: Bound) -> object:
    return {
        "steps": bound.steps,
        "seconds": round(bound.seconds, 1),
        "silent_seconds": None if bound.silent_s is None else round(bound.silent_s, 1),
        "rounds": [list(names) for names in bound.rounds],
        "most_steps": bound.most_steps,
    }
