"""CEL rows written by hand, for what no real Asterisk shows on demand."""

import json
from datetime import UTC, datetime, timedelta

from telephony.calls.events import CelRow

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class Cel:
    """Rows of one call; `at` is seconds after its start."""

    def __init__(self, linkedid: str = "1700000000.1") -> None:
        self.linkedid = linkedid
        self.rows: list[CelRow] = []
        self._channels: dict[str, tuple[str, str, str]] = {}

    def begins(self, at: float, uniqueid: str, channel: str, *, number: str = "", exten: str = "s") -> "Cel":
        self._channels[uniqueid] = (channel, number, exten)
        return self.row(at, "CHAN_START", uniqueid)

    def answers(self, at: float, uniqueid: str, app: str = "") -> "Cel":
        return self.row(at, "ANSWER", uniqueid, appname=app)

    def queues(self, at: float, uniqueid: str, queue: str) -> "Cel":
        return self.row(at, "APP_START", uniqueid, appname="Queue", appdata=f"{queue},t,,,120")

    def talk(self, start: float, end: float, *uniqueids: str, bridge: str = "b1") -> "Cel":
        for uniqueid in uniqueids:
            self.row(start, "BRIDGE_ENTER", uniqueid, bridge_id=bridge)
        for uniqueid in uniqueids:
            self.row(end, "BRIDGE_EXIT", uniqueid, bridge_id=bridge)
        return self

    def ends(self, at: float, uniqueid: str, *, cause: int = 16, source: str = "", status: str = "") -> "Cel":
        self.row(at, "HANGUP", uniqueid, hangupcause=cause, hangupsource=source, dialstatus=status)
        return self.row(at, "CHAN_END", uniqueid)

    def over(self, at: float, uniqueid: str) -> "Cel":
        return self.row(at, "LINKEDID_END", uniqueid)

    def row(
        self,
        at: float,
        event: str,
        uniqueid: str,
        *,
        appname: str = "",
        appdata: str = "",
        dnid: str = "",
        **extra: str | int,
    ) -> "Cel":
        channel, number, exten = self._channels[uniqueid]
        self.rows.append(
            CelRow(
                eventtype=event,
                eventtime=START + timedelta(seconds=at),
                uniqueid=uniqueid,
                linkedid=self.linkedid,
                channame=channel,
                cid_num=number,
                cid_dnid=dnid,
                exten=exten,
                appname=appname,
                appdata=appdata,
                extra=json.dumps(extra) if extra else "",
            )
        )
        return self


def answered_call(linkedid: str = "1700000000.1") -> Cel:
    """A caller talks 10 s with 101 and hangs up."""
    caller, phone = linkedid, f"{linkedid}9"
    return (
        Cel(linkedid)
        .begins(0, caller, f"PJSIP/trunk-{linkedid}", number="+359888123456", exten="35921000")
        .begins(0.1, phone, f"PJSIP/101-{linkedid}", number="101")
        .answers(5, phone, "AppDial")
        .answers(5, caller, "Dial")
        .talk(5, 15, phone, caller)
        .ends(15, caller, source=f"PJSIP/trunk-{linkedid}", status="ANSWER")
        .ends(15, phone)
        .over(15, phone)
    )
