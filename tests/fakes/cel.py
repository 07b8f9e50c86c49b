"""What Asterisk writes of calls by itself."""

from collections.abc import Sequence
from datetime import timedelta

from telephony.calls.events import CelRow
from tests.fakes.house import NOON


class FakeArchive:
    """Asterisk's CEL file; positions are indexes."""

    def __init__(self, rows: list[CelRow]) -> None:
        self.rows = rows

    async def read(self, since: str | None) -> tuple[Sequence[CelRow], str]:
        start = int(since or 0)
        rows = self.rows[start : start + 3]
        return rows, str(start + len(rows))

    async def end(self) -> str:
        return str(len(self.rows))


def a_short_call(linkedid: str, *, whole: bool = True, queue: str = "") -> list[CelRow]:
    """Return the rows of a caller who rang a phone, or from the first second on waited in a queue, and soon gave up."""
    names = ["CHAN_START", "APP_START", "HANGUP", "CHAN_END", "LINKEDID_END"]
    rows = [
        CelRow(
            eventtype=name,
            eventtime=NOON + timedelta(seconds=second),
            uniqueid=linkedid,
            linkedid=linkedid,
            channame="PJSIP/trunk-00000001",
            cid_num="+359888123456",
            exten="1000",
            context="ringside-in",
            appname="Queue" if queue and name == "APP_START" else "",
            appdata=f"{queue},t,,,120" if queue and name == "APP_START" else "",
        )
        for second, name in enumerate(names)
    ]
    return rows if whole else rows[:2]
