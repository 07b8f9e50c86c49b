"""Our addresses, as documents and requests name them to the cloud. Pure."""

import re
from datetime import datetime
from urllib.parse import urlencode

from telephony.carriers.twilio.situation import CannotPerformError

_RECORDING = re.compile(r"[\w.-]{1,150}", re.ASCII)
_IN_A_DOCUMENT = re.compile(r'/twilio/recording\?call=([\w-]+)&amp;name=([\w./-]+)"', re.ASCII)
_PLAIN = ":/"
"""Not escaped in addresses: who writes one anew on its way to us, in its plainest form, would spoil its signature."""


class Addresses:
    """Under one public base. `told` is said by all at which a call goes on: `&name=value`, of plain characters."""

    def __init__(self, public_base_url: str, told: str = "") -> None:
        self._here = f"{public_base_url}/twilio"
        self._told = told

    def next(self, turn: int, why: str = "") -> str:
        """Return where a call goes on after a turn."""
        return f"{self._here}/voice/next?turn={turn}{f'&why={why}' if why else ''}{self._told}"

    def wait(self, turn: int) -> str:
        """Return where it is asked what a caller hears in the queue of a turn."""
        return f"{self._here}/voice/wait?turn={turn}{self._told}"

    def agent(self, call_id: str, ring_id: str, *, pressed: bool = False) -> str:
        """Return where it is asked what an agent hears who has answered; `pressed` when they have pressed a key."""
        return f"{self._here}/agent?{_query(call=call_id, ring=ring_id)}{'&pressed=1' if pressed else ''}"

    def leg(self, call_id: str, ring_id: str, endpoint: str, *, asked: bool = False, own: bool = False) -> str:
        """Return where it is told how a phone is doing.

        `asked`: a key must be pressed there; `own`: it is called by a call of its own, not by `<Dial>`.
        """
        more = f"{'&asked=1' if asked else ''}{'&own=1' if own else ''}"
        return f"{self._here}/leg?{_query(call=call_id, ring=ring_id, endpoint=endpoint)}{more}"

    def recording(self, call_id: str, at: datetime, name: str) -> str:
        """Return where it is told that a recording is ready; it lies where those of other carriers do."""
        if not _RECORDING.fullmatch(name):
            msg = f"unusable recording name {name!r}"
            raise CannotPerformError(msg)
        return f"{self._here}/recording?{_query(call=call_id, name=f'calls/{at:%Y/%m/%d}/{name}')}"


def recorded_by(document: str) -> tuple[str, str] | None:
    """Return whose call a document records, and under which name; None when it records nothing."""
    found = _IN_A_DOCUMENT.search(document)
    return None if found is None else (found[1], found[2])


def _query(**told: object) -> str:
    return urlencode(told, safe=_PLAIN)
