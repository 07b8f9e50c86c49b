"""Dues on paper, which outlive whoever kept them."""

from collections.abc import Sequence

from telephony.errors import StoreUnavailableError
from telephony.ports import Due


class FakeDues:
    """Implements `ports.Dues`. While `away`, the database does not answer."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Due] = {}
        self.away = False

    async def keep(self, *dues: Due) -> None:
        self._ask()
        self.kept |= {(due.kind, due.id): due for due in dues}

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

    def ids(self, kind: str) -> list[str]:
        return [due.id for due in self.kept.values() if due.kind == kind]

    def _ask(self) -> None:
        if self.away:
            raise StoreUnavailableError("the database does not answer")
