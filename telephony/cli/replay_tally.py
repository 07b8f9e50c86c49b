"""What comes of replaying many calls: how many callers would have ended elsewhere."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from telephony.cli.output import say, say_table
from telephony.cli.simulate_given import moment
from telephony.ivr.flow import Flow
from telephony.ivr.replay.calls import Run, replay

SHOWN_CALLS = 3
"""Example calls of each row of the table."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of replaying many calls."""

    calls: int = 0
    others: int = 0
    """Calls of other flows, which were left out."""
    otherwise: int = 0
    """Calls that would go another way, wherever they end."""
    not_sure: int = 0
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @property
    def elsewhere(self) -> int:
        """Return how many callers would end elsewhere."""
        return sum(self.ends.values())

    def count(self, flow: Flow, runs: tuple[Run, ...]) -> None:
        """Count a call: the last of its runs through the flow is where its caller ended."""
        mine = [each for each in runs if each.flow == flow.name]
        if not mine:
            self.others += 1
            return
        replayed = replay(flow, mine[-1])
        self.calls += 1
        self.otherwise += replayed.differs_at is not None
        self.not_sure += bool(replayed.doubts)
        if replayed.ends_elsewhere:
            way = (replayed.was_end, replayed.now_end)
            self.ends[way] += 1
            examples = self.examples.setdefault(way, [])
            if len(examples) < SHOWN_CALLS:
                examples.append(mine[-1].call_id)


def when(text: str, now: datetime, zone: ZoneInfo, option: str) -> datetime:
    """Return the moment meant by `today`, `yesterday`, `7d`, `12h` or a date and time in the company's zone."""
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if text in ("today", "yesterday"):
        return midnight if text == "today" else midnight - timedelta(days=1)
    if found := re.fullmatch(r"(\d{1,4})([dh])", text):
        number = int(found[1])
        return now - (timedelta(days=number) if found[2] == "d" else timedelta(hours=number))
    return moment(text, zone, option)


def show_tally(flow: Flow, since: datetime, tally: Tally) -> None:
    """Print what came of replaying many calls."""
    say(f"{tally.calls} calls of flow {flow.name} since {since:%Y-%m-%d %H:%M}, replayed in {flow.name}@{flow.version}")
    say(f"{tally.elsewhere} of their callers would have ended elsewhere; {tally.otherwise} would have gone another way")
    if tally.not_sure:
        say(f"{tally.not_sure} depend on what was not kept; replay one of them to see on what")
    if tally.ends:
        say()
        rows = [
            (was, now, str(count), ", ".join(tally.examples[was, now]))
            for (was, now), count in tally.ends.most_common()
        ]
        say_table(("was", "would be", "calls", "e.g."), rows)


def tally_json(flow: Flow, since: datetime, tally: Tally) -> dict[str, object]:
    """Return it as the command's JSON gives it."""
    moves = [
        {"was": was, "now": now, "calls": count, "examples": tally.examples[was, now]}
        for (was, now), count in tally.ends.most_common()
    ]
    return {
        "flow": flow.name,
        "version": flow.version,
        "since": since.isoformat(),
        "calls": tally.calls,
        "ends_elsewhere": tally.elsewhere,
        "go_otherwise": tally.otherwise,
        "not_sure": tally.not_sure,
        "moves": moves,
    }
