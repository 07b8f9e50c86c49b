"""Translates what database drivers raise: the work may succeed later, or the database will never take it."""

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from telephony.errors import RingsideError, StoreUnavailableError


class StoreRefusedError(RingsideError):
    """The database will never take this work as it is (a broken rule or value); repeating it will not help."""


_UPGRADE = "has not the tables of this version: run `ringside db upgrade`"
_SQLITE_FAULTS = {
    "BUSY": "is locked by another program: end what holds it open for writing",
    "LOCKED": "is locked by another program: end what holds it open for writing",
    "FULL": "is full: free space on its disk",
    "READONLY": "is read-only: give this user the right to write the file and its folder",
    "CANTOPEN": "cannot be opened: create its folder and give this user the right to write there",
    "PERM": "cannot be opened: give this user the right to write the file and its folder",
    "IOERR": "could not be read or written: look at the disk and the system's log",
    "CORRUPT": "is damaged: stop Ringside and bring back a copy",
    "NOTADB": "is not a SQLite database: check the URL, or bring back a copy",
    "NOMEM": "has no memory left",
    "PROTOCOL": "is locked by another program: end what holds it open for writing",
    "INTERRUPT": "was interrupted",
    "SCHEMA": "is being upgraded",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES_FAULTS = {
    "08": "cannot be reached: check that PostgreSQL runs and the URL is right",
    "28": "refused the log-in: check user and password in the URL",
    "3D": "does not exist: create it, or correct the URL",
    "53": "is full or has no connection left: free disk space, or raise max_connections",
    "54": "has reached a limit of its own",
    "57": "is stopping, starting or was told to give up",
    "58": "has trouble with its disk: look at PostgreSQL's log",
    "40": "was busy with other work on the same rows",
    "55": "is locked by another program",
    "25": "is read-only: is this a standby?",
    "42": _UPGRADE,
}


def fault_of(error: SQLAlchemyError, place: str) -> StoreUnavailableError | StoreRefusedError:
    """Return our error for the driver's; `place` names the database without its password."""
    if isinstance(error, PoolTimeoutError):
        return StoreUnavailableError(f"the database {place} is busy: every connection is in use")
    if not isinstance(error, DBAPIError):
        return StoreRefusedError(f"the database {place} refused: {type(error).__name__}: {error}")
    if (told := _told_by_driver(error)) is None:
        return StoreRefusedError(f"the database {place} refused: {error.orig}")
    return StoreUnavailableError(f"the database {place} {told} ({error.orig})")


def _told_by_driver(error: DBAPIError) -> str | None:
    """Return what to mend when the work may succeed later, None when it never will."""
    if isinstance(error.orig, sqlite3.Error):
        return _told_by_sqlite(error.orig)
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate is None:
        lost = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
        return _POSTGRES_FAULTS["08"] if lost else None
    if sqlstate.startswith("42") and sqlstate not in {"42P01", "42703", "42P10"}:
        return None
    return _POSTGRES_FAULTS.get(sqlstate[:2])


def _told_by_sqlite(error: sqlite3.Error) -> str | None:
    name = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_").split("_")[0]
    if name == "ERROR" and str(error).startswith(("no such table", "no such column")):
        return _UPGRADE
    return _SQLITE_FAULTS.get(name)
