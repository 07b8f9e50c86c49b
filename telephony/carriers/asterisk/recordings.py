"""Where recordings lie, as Asterisk sees them and as Ringside does."""

import asyncio
import re
from pathlib import Path, PurePosixPath

from telephony.calls.commands import Record
from telephony.carriers.asterisk.settings import AsteriskSettings
from telephony.ports import Clock

_NAME = re.compile(r"[\w.-]{1,150}")
_WAV_HEADER = 44
_BYTES_A_SECOND = 16_000
_BEEP_S = 0.4
_CLOSED_AFTER_S = 2.0


class Recordings:
    """The files of one call: `calls/YYYY/MM/DD/<name>.wav`, dated by when they were begun (UTC)."""

    def __init__(self, settings: AsteriskSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._seen: dict[str, Path] = {}

    def path(self, name: str) -> str:
        """Return the file's path as Asterisk sees it. Raises ValueError for a name that could leave the folder."""
        if not _NAME.fullmatch(name):
            msg = f"unusable recording name {name!r}"
            raise ValueError(msg)
        below = f"calls/{self._clock.now():%Y/%m/%d}/{name}.wav"
        seen_at = self._settings.recordings_seen_at or self._settings.recordings_dir
        self._seen[name] = Path(seen_at) / below
        return str(PurePosixPath(self._settings.recordings_dir) / below)

    def record_arguments(self, record: Record) -> str:
        """Return Record's arguments: `k` keeps the message of a caller who hangs up, as most do."""
        ends = {"#": "", "*": "t", "": "x"}.get(record.terminator, "y")
        return f"{self.path(record.name)},{record.silence_s},{record.max_s},k{ends}"

    async def seconds(self, record: Record, took_s: float) -> float:
        """Return how long the recording is; where Ringside cannot see the file, by the time it took."""
        size = await asyncio.to_thread(_size, self._seen[record.name])
        if size is None:
            return max(0.0, round(took_s - _BEEP_S, 2))
        return max(0.0, round((size - _WAV_HEADER) / _BYTES_A_SECOND, 2))

    async def settle(self, name: str, *, talked: bool) -> None:
        """Remove the empty file that MixMonitor leaves when nobody answered."""
        if not talked:
            await asyncio.to_thread(self._seen[name].unlink, missing_ok=True)

    def settle_later(self, name: str) -> None:
        """Remove the file in a moment if nothing was recorded: the caller is gone, and Asterisk still closes it."""
        asyncio.get_running_loop().call_later(_CLOSED_AFTER_S, _unlink_empty, self._seen[name])


def _unlink_empty(path: Path) -> None:
    if (_size(path) or 0) <= _WAV_HEADER:
        path.unlink(missing_ok=True)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
