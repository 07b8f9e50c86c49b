"""Who is logged in."""

from datetime import datetime

from sqlalchemy import text

from telephony.store.database import Database
from telephony.store.times import to_us

_OPEN = text(
    "INSERT INTO sessions (token_hash, login, until) VALUES (:token_hash, :login, :until)"
    " ON CONFLICT (token_hash) DO UPDATE SET until = excluded.until"
)
_LOGIN = text("SELECT login FROM sessions WHERE token_hash = :token_hash AND until > :now")
_CLOSE = text("DELETE FROM sessions WHERE token_hash = :token_hash")
_FORGET = text("DELETE FROM sessions WHERE until <= :now")


class StoredSessions:
    """The port Sessions over the database. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, token_hash: str, login: str, until: datetime) -> None:
        """Keep a session of a user who exists."""
        row = {"token_hash": token_hash, "login": login, "until": to_us(until)}
        await self._database.write(lambda connection: connection.execute(_OPEN, row).close())

    async def login_of(self, token_hash: str, now: datetime) -> str | None:
        """Give the login of a session that is still valid; None otherwise."""
        wanted = {"token_hash": token_hash, "now": to_us(now)}
        row = await self._database.read(lambda connection: connection.execute(_LOGIN, wanted).first())
        return None if row is None else str(row.login)

    async def close(self, token_hash: str) -> None:
        """Forget a session."""
        await self._database.write(lambda connection: connection.execute(_CLOSE, {"token_hash": token_hash}).close())

    async def forget_expired(self, now: datetime) -> None:
        """Forget the sessions that are over."""
        await self._database.write(lambda connection: connection.execute(_FORGET, {"now": to_us(now)}).close())
