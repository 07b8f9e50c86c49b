"""Asterisk's CEL file as the journeys know it: `ports.CelArchive`, read in a thread."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from telephony.calls.events import CelRow
from telephony.carriers.asterisk.celfile import CelChunk, end_of_cel_file, read_new_rows
from telephony.errors import CarrierUnavailableError, RingsideError

logger = logging.getLogger(__name__)


class CelArchive:
    """One CEL file. Faults of the disk become CarrierUnavailableError with what to mend."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self, since: str | None) -> tuple[Sequence[CelRow], str]:
        """Give some rows after a position, and the position after them; no rows at the end."""
        position, more = since, True
        while more:
            chunk = await self._chunk(position)
            position, more = chunk.position, chunk.more
            if chunk.lost:
                logger.warning("the CEL file was replaced", extra={"action": "cel_file_lost", "file": self._path.name})
            if chunk.rows:
                return chunk.rows, chunk.position
        return (), position or ""

    async def end(self) -> str:
        """Give the position of the end now."""
        try:
            return await asyncio.to_thread(end_of_cel_file, self._path)
        except RingsideError as error:
            raise CarrierUnavailableError(str(error)) from error

    async def _chunk(self, position: str | None) -> CelChunk:
        try:
            return await asyncio.to_thread(read_new_rows, self._path, position)
        except RingsideError as error:
            raise CarrierUnavailableError(str(error)) from error
