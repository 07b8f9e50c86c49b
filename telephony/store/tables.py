"""The tables, the same in SQLite and PostgreSQL.

Times are microseconds since 1970 UTC: both databases store, sort and compare them alike and lose nothing. Lists and
facts are JSON text, because nothing is searched inside them.
"""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

CUSTOMERS = Table(
    "customers",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", Text, nullable=False),
    Column("language", String),
    Column("personal_agent", String),
    Column("note", Text, nullable=False, server_default=""),
    Column("facts", Text, nullable=False, server_default="{}"),
)

IDENTITIES = Table(
    "identities",
    METADATA,
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("label", String, nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default="0"),
    Index("ix_identities_channel_value", "channel", "value"),
    sqlite_with_rowid=False,
)

# No foreign key: a call must be written even when its customer was erased a moment ago.
ENTRIES = Table(
    "entries",
    METADATA,
    Column("id", String, primary_key=True),
    Column("customer_id", String),
    Column("channel", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("answered_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("caller", Text, nullable=False, server_default=""),
    Column("called", Text, nullable=False, server_default=""),
    Column("disposition", String, nullable=False, server_default=""),
    Column("hung_up_by", String),
    Column("queue", String, nullable=False, server_default=""),
    Column("wait_s", Float, nullable=False, server_default="0"),
    Column("talk_s", Float, nullable=False, server_default="0"),
    Column("agents", Text, nullable=False, server_default="[]"),
    Column("legs", Text, nullable=False, server_default="[]"),
    Column("recordings", Text, nullable=False, server_default="[]"),
    Column("summary", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Index("ix_entries_customer_id_at", "customer_id", "at"),
    Index("ix_entries_at", "at"),
)

ENTRY_AGENTS = Table(
    "entry_agents",
    METADATA,
    Column("agent", String, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("entry_id", String, primary_key=True),
    sqlite_with_rowid=False,
)

# Apart from the entries, because an agent may write the note before the ledger knows the call.
NOTES = Table(
    "notes",
    METADATA,
    Column("call_id", String, primary_key=True),
    Column("agent", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)

STEPS = Table(
    "steps",
    METADATA,
    Column("call_id", String, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("flow", String, nullable=False),
    Column("node", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("event", String, nullable=False),
    Column("value", Text, nullable=False),
    Column("label", Text, nullable=False),
    sqlite_with_rowid=False,
)

USERS = Table(
    "users",
    METADATA,
    Column("login", String, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("agent_id", String, unique=True),
    Column("extension", String),
    Column("endpoint", String),
    Column("queues", Text, nullable=False, server_default="[]"),
    Column("sip_password", Text),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token_hash", String, primary_key=True),
    Column("login", ForeignKey("users.login", ondelete="CASCADE"), nullable=False),
    Column("until", BigInteger, nullable=False),
    Index("ix_sessions_login", "login"),
)

CARRIER_MARKS = Table(
    "carrier_marks",
    METADATA,
    Column("name", String, primary_key=True),
    Column("position", Text, nullable=False),
)
