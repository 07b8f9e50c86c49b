"""What is due, in memory: over a restart of what asks for it, as if a database had kept it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from telephony.errors import StoreUnavailableError
from telephony.ports import HELD, Clock, Due


class FakeDues:
    """Implements `ports.Dues`. While `away`, the database does not answer."""

    def __init__(self, beside: "FakeDues | None" = None, clock: Clock | None = None) -> None:
        """`beside` is another server's on the same database; with a clock what a server holds runs out."""
        self.kept: dict[tuple[str, str], Due] = beside.kept if beside else {}
        self.held: dict[tuple[str, str], tuple[FakeDues, datetime | None]] = beside.held if beside else {}
        self.clock = clock
        self.away = False

    async def keep(self, *dues: Due, held: bool = False) -> None:
        self._ask()
        for due in dues:
            key = (due.kind, due.id)
            if key not in self.kept and held:
                self._hold(key)
            if key not in self.kept or not self.kept[key].erased:
                self.kept[key] = due

    async def hold(self, kind: str, *due_ids: str) -> Sequence[Due]:
        taken = [
            due for due in await self.all(kind) if self._is_free((kind, due.id)) and (not due_ids or due.id in due_ids)
        ]
        for due in taken:
            self._hold((kind, due.id))
        return taken

    async def let_go(self, kind: str) -> None:
        self._ask()
        for key in [key for key, (who, _) in self.held.items() if key[0] == kind and who is self]:
            del self.held[key]

    async def get(self, kind: str, due_id: str) -> Due | None:
        self._ask()
        return self.kept.get((kind, due_id))

    async def all(self, kind: str) -> Sequence[Due]:
        self._ask()
        return sorted((due for due in self.kept.values() if due.kind == kind), key=lambda due: due.since)

    async def settle(self, kind: str, *due_ids: str) -> None:
        self._ask()
        for due_id in due_ids:
            self.kept.pop((kind, due_id), None)
            self.held.pop((kind, due_id), None)

    def erase(self, kind: str, due_id: str) -> None:
        """Have the customer it is about forgotten."""
        self.kept[kind, due_id] = replace(self.kept[kind, due_id], erased=True)

    def ids(self, kind: str) -> list[str]:
        return [due.id for due in self.kept.values() if due.kind == kind]

    def _hold(self, key: tuple[str, str]) -> None:
        self.held[key] = (self, self.clock.now() + HELD if self.clock else None)

    def _is_free(self, key: tuple[str, str]) -> bool:
        who, until = self.held.get(key, (self, None))
        return who is self or (until is not None and self.clock is not None and until <= self.clock.now())

    def _ask(self) -> None:
        if self.away:
            raise StoreUnavailableError("the database does not answer")
