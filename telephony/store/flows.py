"""Published versions of flows. A version is written once; `live` is where a flow's last move led."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from telephony.errors import FlowError
from telephony.ivr.versions.bundle import Bundle, checksum_of, read_back, written_down
from telephony.ivr.versions.version import Draft, FlowVersion, Move, MovedMeanwhileError
from telephony.store.database import Database
from telephony.store.times import from_us, to_us

_LAST = text("SELECT max(seq) FROM flow_moves")
_LIVE = text("SELECT flow, to_number FROM flow_moves WHERE seq IN (SELECT max(seq) FROM flow_moves GROUP BY flow)")
_VERSIONS = text(
    "SELECT v.flow, v.number, v.digest, v.published_at, v.published_by, v.note, v.replaced, m.to_number AS live"
    " FROM flow_versions v LEFT JOIN flow_moves m"
    " ON m.seq = (SELECT max(l.seq) FROM flow_moves l WHERE l.flow = v.flow) ORDER BY v.flow, v.number"
)
_MOVES = text("SELECT * FROM flow_moves ORDER BY seq")
_BUNDLE = text("SELECT bundle, checksum FROM flow_versions WHERE flow = :flow AND number = :number")
_NUMBERS = text("SELECT flow, max(number) FROM flow_versions GROUP BY flow")
_PUT = text(
    "INSERT INTO flow_versions"
    " (flow, number, digest, bundle, checksum, published_at, published_by, note, replaced)"
    " VALUES (:flow, :number, :digest, :bundle, :checksum, :at, :by, :note, :replaced)"
)
_MOVE = text(
    "INSERT INTO flow_moves (seq, flow, moved_at, moved_by, from_number, to_number, note)"
    " VALUES (:seq, :flow, :at, :by, :left, :to, :note)"
)
_LOCK = text("LOCK TABLE flow_moves IN EXCLUSIVE MODE")


class StoredFlows:
    """The versions over the database. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last_move(self) -> int:
        """Give a number that grows with every move of any flow; 0 before the first. Cheap: made to be asked often."""
        last = await self._database.read(lambda connection: connection.execute(_LAST).scalar())
        return last or 0

    async def versions(self, flow: str | None = None) -> Sequence[FlowVersion]:
        """Give every version of a flow, or of all, the oldest first."""
        rows = await self._database.read(lambda connection: connection.execute(_VERSIONS).all())
        return [_version(row) for row in rows if flow in (None, row.flow)]

    async def live(self) -> Sequence[FlowVersion]:
        """Give the live version of every flow that has one, by name."""
        return [version for version in await self.versions() if version.live]

    async def moves(self, flow: str | None = None) -> Sequence[Move]:
        """Give every move of a flow's `live`, or of all flows, the oldest first."""
        rows = await self._database.read(lambda connection: connection.execute(_MOVES).all())
        return [_move(row) for row in rows if flow in (None, row.flow)]

    async def bundle(self, version: FlowVersion) -> Bundle:
        """Give what a version is made of. Raises FlowError when it is not what was published any more."""
        asked = {"flow": version.flow, "number": version.number}
        row = await self._database.read(lambda connection: connection.execute(_BUNDLE, asked).first())
        if row is None:
            raise FlowError([f"{version.shown}: is not in the database any more; publish the flow again"])
        return read_back(row.bundle, row.checksum, shown=version.shown)

    async def publish(self, drafts: Sequence[Draft], *, by: str, note: str, at: datetime) -> Sequence[FlowVersion]:
        """Make each draft the next version of its flow, and live; all of them or none.

        Raises MovedMeanwhileError when one of the flows was moved since its draft was made.
        """
        rows = [_row(draft, by=by, note=note, at=at) for draft in drafts]

        def put(connection: Connection) -> Sequence[FlowVersion]:
            seq = _one_at_a_time(connection)
            live, numbers = _pairs(connection, _LIVE), _pairs(connection, _NUMBERS)
            for row in rows:
                _require_unmoved(row["flow"], row["replaced"], live)
                row["number"] = (numbers.get(row["flow"]) or 0) + 1
            connection.execute(_PUT, rows)
            moves = (_move_row(row["flow"], row["replaced"], row["number"], by, note, at) for row in rows)
            connection.execute(_MOVE, [{"seq": number, **move} for number, move in enumerate(moves, seq + 1)])
            return [_published(row, at) for row in rows]

        return await self._database.write(put) if rows else []

    async def move(self, flow: str, to: int | None, *, over: int | None, by: str, note: str, at: datetime) -> None:
        """Make another version of a flow live, or none. `over` is the one that was live when it was looked at.

        Raises MovedMeanwhileError when it is not live any more, and StoreRefusedError for a version that is not there.
        """

        def put(connection: Connection) -> None:
            seq = _one_at_a_time(connection)
            _require_unmoved(flow, over, _pairs(connection, _LIVE))
            connection.execute(_MOVE, {"seq": seq + 1, **_move_row(flow, over, to, by, note, at)}).close()

        await self._database.write(put)


def _one_at_a_time(connection: Connection) -> int:
    """Let nobody else move a flow until this transaction ends; return the last move's number."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK).close()  # SQLite has its write lock already
    return connection.execute(_LAST).scalar() or 0


def _require_unmoved(flow: str, over: int | None, live: dict[str, int | None]) -> None:
    now = live.get(flow)
    if now != over:
        is_live = f"version {now} is live" if now else "it was withdrawn"
        raise MovedMeanwhileError(
            f"{flow}: somebody else was faster, {is_live} now; nothing was changed: look at it with "
            f"`ringside flows diff {flow}`, then try again"
        )


def _pairs(connection: Connection, query: Any) -> dict[str, int | None]:
    return {row[0]: row[1] for row in connection.execute(query)}


def _row(draft: Draft, *, by: str, note: str, at: datetime) -> dict[str, Any]:
    bundle = written_down(draft.bundle)
    return {
        "flow": draft.bundle.flow,
        "digest": draft.digest,
        "bundle": bundle,
        "checksum": checksum_of(bundle),
        "at": to_us(at),
        "by": _storable(by),
        "note": _storable(note),
        "replaced": draft.over,
    }


def _move_row(flow: str, left: int | None, to: int | None, by: str, note: str, at: datetime) -> dict[str, Any]:
    return {"flow": flow, "left": left, "to": to, "by": _storable(by), "note": _storable(note), "at": to_us(at)}


def _storable(text_: str) -> str:
    return text_.replace("\0", "")


def _published(row: dict[str, Any], at: datetime) -> FlowVersion:
    return FlowVersion(
        flow=row["flow"],
        number=row["number"],
        digest=row["digest"],
        at=at,
        by=row["by"],
        note=row["note"],
        replaced=row["replaced"],
        live=True,
    )


def _version(row: Row[Any]) -> FlowVersion:
    return FlowVersion(
        flow=row.flow,
        number=row.number,
        digest=row.digest,
        at=from_us(row.published_at),
        by=row.published_by,
        note=row.note,
        replaced=row.replaced,
        live=row.live == row.number,
    )


def _move(row: Row[Any]) -> Move:
    return Move(
        seq=row.seq,
        flow=row.flow,
        at=from_us(row.moved_at),
        by=row.moved_by,
        left=row.from_number,
        to=row.to_number,
        note=row.note,
    )
