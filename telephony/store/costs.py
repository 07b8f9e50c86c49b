"""What calls cost, written beside their entries in the timeline."""

from sqlalchemy import Connection, text

from telephony.calls.costs import Cost
from telephony.calls.model import CallId
from telephony.store.database import Database
from telephony.store.writer import Writer

_THERE = text("SELECT 1 FROM entries WHERE id = :id")
_PUT = text(
    "UPDATE entries SET cost = :cost, currency = :currency, cost_source = :source"
    " WHERE id = :id AND (:source = 'provider' OR cost_source IS NULL OR cost_source <> 'provider')"
)


class StoredCosts:
    """The port Costs. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    async def put(self, call_id: CallId, cost: Cost) -> bool:
        """Keep what a call costs at its caller's carrier; False when the call is not in the timeline yet."""
        await self._writer.settle()
        row = {"id": call_id, "cost": str(cost.amount), "currency": cost.currency, "source": cost.source.value}
        return await self._database.write(lambda connection: _put(connection, row))


def _put(connection: Connection, row: dict[str, str]) -> bool:
    connection.execute(_PUT, row).close()
    return connection.execute(_THERE, row).first() is not None
