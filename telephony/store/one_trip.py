"""Who calls, and their record, as one row of SQLite's: the way of every pop.

Python gives up its lock at each row that SQLite steps to, and takes its turn again behind the busy event loop. The
usual three statements step some twenty times, up to some milliseconds each; this one steps once.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

_OWNERS = """
WITH owners AS (
  SELECT c.id, c.name, i.channel, i.label,
    (SELECT max(e.at) FROM entries e WHERE e.customer_id = c.id) AS last_contact
  FROM identities i JOIN customers c ON c.id = i.customer_id
  WHERE i.channel IN ('phone', 'sms', 'whatsapp', 'viber', 'telegram') AND i.value = :number
  ORDER BY last_contact DESC NULLS LAST LIMIT :owners
),
first AS (SELECT id FROM owners LIMIT 1),
recent AS (
  SELECT id, channel, direction, at, disposition, summary, note FROM entries
  WHERE customer_id = (SELECT id FROM first) ORDER BY at DESC LIMIT :entries
)
SELECT
  (SELECT json_group_array(json_array(id, name, channel, label, last_contact)) FROM owners),
  (SELECT json_array(id, name, language, personal_agent, note, facts) FROM customers
    WHERE id = (SELECT id FROM first)),
  (SELECT json_group_array(json_array(channel, value)) FROM (
    SELECT channel, value FROM identities WHERE customer_id = (SELECT id FROM first)
    ORDER BY position, channel, value)),
  (SELECT json_group_array(json_array(id, channel, direction, at, disposition, summary, note)) FROM recent),
  (SELECT json_group_array(json_array(call_id, text)) FROM (
    SELECT call_id, text FROM notes WHERE call_id IN (SELECT id FROM recent) ORDER BY at))
"""

Found = tuple[Sequence[Any], Sequence[Any] | None, Sequence[Any], Sequence[Any], Sequence[Any]]
"""Owners (id, name, channel, label, last contact); of the first of them: the customer (id, name, language, personal
agent, note, facts), identities (channel, value), latest entries (id, channel, direction, at, disposition, summary,
note) and the agents' notes on them (entry, text)."""


def look_up(connection: Connection, number: str, *, owners: int, entries: int) -> Found:
    """Return what SQLite has of this number. Raises sqlite3.Error."""
    driver: Any = connection.connection.driver_connection
    (row,) = driver.execute(_OWNERS, {"number": number, "owners": owners, "entries": entries}).fetchall()
    found: tuple[Any, ...] = tuple(json.loads(text) if text else None for text in row)
    return found[0], found[1], found[2], found[3], found[4]
