"""Finds the numbers of telephones outside that were called: their own rows do not always show them."""

import re
from collections.abc import Iterable, Mapping

from telephony.calls.events import CelRow
from telephony.calls.ledger_channels import read_extra
from telephony.calls.ledger_numbering import endpoint_of

# `PJSIP/+359888123456@trunk,20,g`: one address, whose endpoint stands behind the number.
_DIALLED = re.compile(r"(?P<technology>\w+)/(?P<number>\+[1-9][0-9]{6,14})@(?P<endpoint>[\w.-]+)(?:,.*)?", re.ASCII)


def numbers_called(rows: Iterable[CelRow]) -> Mapping[str, str]:
    """Return international numbers by the channel that was called at them, for those who answered.

    A trunk's channel bears the name of the trunk; the Dial of the channel that it was bridged to names the number.
    """
    dials: dict[str, tuple[str, str]] = {}
    called: list[tuple[str, CelRow]] = []
    for row in rows:
        if row.eventtype != "BRIDGE_ENTER":
            continue
        bridge = str(read_extra(row).get("bridge_id", ""))
        if row.appname == "AppDial":
            called.append((bridge, row))
        elif row.appname == "Dial" and (found := _DIALLED.fullmatch(row.appdata)):
            dials.setdefault(bridge, (f"{found['technology']}/{found['endpoint']}", found["number"]))
    return {row.uniqueid: number for bridge, row in called if (number := _number(dials.get(bridge), row))}


def _number(dial: tuple[str, str] | None, row: CelRow) -> str:
    return dial[1] if dial is not None and dial[0] == endpoint_of(row.channame) else ""
