"""Small facts that outlive a restart: how far Asterisk's CEL file is read, what each agent had chosen."""

from sqlalchemy import text

from telephony.store.database import Database
from telephony.store.writer import Writer
from telephony.store.writes import Kind, Write

_GET = text("SELECT position FROM carrier_marks WHERE name = :name")


class StoredMarks:
    """The port Marks. A value is its owner's own text and means nothing here."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def put(self, name: str, position: str) -> None:
        """Keep a value. It is written after all that was put into the timeline before it: never blocks or raises."""
        self._writer.add(Write(Kind.MARK, {"name": name, "position": position}))

    async def get(self, name: str) -> str | None:
        """Give the value last kept; None when there is none. Raises StoreUnavailableError."""
        await self._writer.settle()
        row = await self._database.read(lambda connection: connection.execute(_GET, {"name": name}).first())
        return None if row is None else str(row.position)
