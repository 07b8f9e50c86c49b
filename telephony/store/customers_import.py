"""Takes customers in from a CSV or JSON file: good lines go in, every bad one is told."""

import asyncio
import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, text

from telephony.customers.imported import ImportedCustomer, read_customer
from telephony.errors import RingsideError
from telephony.store.database import Database

GROUP = 1000
"""Customers in one transaction: calls write their entries in between."""

_CUSTOMER = text(
    "INSERT INTO customers (id, name, language, personal_agent, note, facts)"
    " VALUES (:id, :name, :language, :personal_agent, :note, :facts)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name, language = excluded.language,"
    " personal_agent = excluded.personal_agent, note = excluded.note, facts = excluded.facts"
)
_FORGET_IDENTITIES = text("DELETE FROM identities WHERE customer_id = :id")
_IDENTITY = text(
    "INSERT INTO identities (customer_id, channel, value, label, position)"
    " VALUES (:customer_id, :channel, :value, :label, :position) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that was left out, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of an import."""

    imported: int
    bad: tuple[BadLine, ...]


async def import_customers(database: Database, path: Path, *, region: str) -> ImportReport:
    """Write every customer of the file, anew where the id is known; `region` reads national numbers, e.g. `BG`.

    `.csv` has a header; anything else is JSON: a list, or one object per line. Columns: see `imported.read_customer`.
    Raises RingsideError when the file cannot be read at all, StoreUnavailableError as the database does.
    """
    good, bad = await asyncio.to_thread(_read, path, region)
    for begin in range(0, len(good), GROUP):
        await database.write(partial(put_customers, imported=good[begin : begin + GROUP]))
    return ImportReport(imported=len(good), bad=tuple(bad))


def put_customers(connection: Connection, imported: Sequence[ImportedCustomer]) -> None:
    """Write customers within a transaction; their identities replace the earlier ones."""
    customers = [one.customer for one in imported]
    connection.execute(
        _CUSTOMER,
        [
            {
                "id": customer.id,
                "name": customer.name,
                "language": customer.language,
                "personal_agent": customer.personal_agent,
                "note": customer.note,
                "facts": json.dumps(dict(customer.facts), ensure_ascii=False),
            }
            for customer in customers
        ],
    )
    connection.execute(_FORGET_IDENTITIES, [{"id": customer.id} for customer in customers])
    if identities := [row for one in imported for row in _identity_rows(one)]:
        connection.execute(_IDENTITY, identities)


def _identity_rows(imported: ImportedCustomer) -> Iterator[dict[str, object]]:
    pairs = zip(imported.customer.identities, imported.labels, strict=True)
    for position, (identity, label) in enumerate(pairs):
        yield {
            "customer_id": imported.customer.id,
            "channel": identity.channel,
            "value": identity.value,
            "label": label,
            "position": position,
        }


def _read(path: Path, region: str) -> tuple[list[ImportedCustomer], list[BadLine]]:
    good: list[ImportedCustomer] = []
    bad: list[BadLine] = []
    for line, fields in _lines(path):
        if not isinstance(fields, Mapping):
            bad.append(BadLine(line=line, reason=str(fields)))
            continue
        try:
            good.append(read_customer(fields, region=region))
        except ValueError as error:
            bad.append(BadLine(line=line, reason=str(error)))
    return good, bad


def _lines(path: Path) -> Iterator[tuple[int, object]]:
    try:
        written = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RingsideError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    if path.suffix.lower() == ".csv":
        return _csv_lines(written, path)
    return _json_values(written)


def _csv_lines(written: str, path: Path) -> Iterator[tuple[int, object]]:
    reader = csv.DictReader(written.splitlines(keepends=True), restkey="(more cells than the header)")
    if "id" not in (reader.fieldnames or ()):
        raise RingsideError(f"{path}:1: the first line must be a header with the columns id and name")
    try:
        for row in reader:
            yield reader.line_num, {name.strip(): cell for name, cell in row.items()}
    except csv.Error as error:
        yield reader.line_num, error


def _json_values(written: str) -> Iterator[tuple[int, object]]:
    """Give each object of a JSON list or of JSON lines with the line it begins in."""
    decoder, place, line = json.JSONDecoder(), 0, 1
    while True:
        begin = place
        while place < len(written) and written[place] in "[], \t\r\n":
            place += 1
        line += written.count("\n", begin, place)
        if place == len(written):
            return
        try:
            value, end = decoder.raw_decode(written, place)
        except json.JSONDecodeError as error:
            yield error.lineno, f"not JSON: {error.msg}"
            end = _next_line(written, error.pos)
        else:
            yield line, value if isinstance(value, Mapping) else "must be an object with id and name"
        line += written.count("\n", place, end)
        place = end


def _next_line(written: str, place: int) -> int:
    end = written.find("\n", place)
    return len(written) if end < 0 else end
