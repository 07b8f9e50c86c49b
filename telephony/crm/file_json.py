"""A source that is a file: a JSON object, by what is looked up in it. Read anew when it changes."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from telephony.crm.address import value_of
from telephony.crm.answers import fields_of, read_json
from telephony.errors import LookupFailedError
from telephony.ivr.expressions import ValueType
from telephony.ivr.facts import FactValue

LARGEST_FILE = 5 * 1024 * 1024


class FileSource:
    """Looks the flow's one value up among the members of a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, Mapping[str, object]] | None = None

    async def ask(
        self, values: Mapping[str, str], gives: Sequence[tuple[str, ValueType]]
    ) -> Mapping[str, FactValue] | None:
        """Give the fields wanted; None when the file has no such member. Raises LookupFailedError."""
        if len(values) != 1:
            raise LookupFailedError("a file is looked up by one value; the flow must give one")
        members = await asyncio.to_thread(self._members)
        found = members.get(value_of(next(iter(values)), values))
        return None if found is None else fields_of(found, gives, {})

    def _members(self) -> Mapping[str, object]:
        try:
            state = self._path.stat()
            if self._read is None or self._read[0] != state.st_mtime_ns:
                self._read = state.st_mtime_ns, self._load(state.st_size)
        except OSError as error:
            raise LookupFailedError(f"{self._path.name} cannot be read: {error.strerror}") from error
        return self._read[1]

    def _load(self, size: int) -> Mapping[str, object]:
        if size > LARGEST_FILE:
            raise LookupFailedError(f"{self._path.name} is larger than {LARGEST_FILE // 1024**2} MiB; ask a server")
        told = read_json(self._path.read_bytes())
        if not isinstance(told, Mapping):
            raise LookupFailedError(f"{self._path.name} must hold one JSON object, by what is looked up")
        return told
