"""The tables, the same in SQLite and PostgreSQL.

Times are microseconds since 1970 UTC: both databases store, sort and compare them alike and lose nothing. Lists and
facts are JSON text, because nothing is searched inside them.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

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
    Index("ix_identities_value_channel", "value", "channel"),
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
    Column("outcome", String, nullable=False, server_default=""),
    Column("summary", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    # An amount of money as text: no database counts in floats what is paid.
    Column("cost", String),
    Column("currency", String),
    Column("cost_source", String),
    # Asterisk's share of a call whose caller is on another carrier, by its table; `cost` is without it.
    Column("cost_beside", String),
    Column("currency_beside", String),
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
    # Of each call its first step only: how calls are found that have begun and have no entry.
    Index("ix_steps_begun", "at", sqlite_where=text("seq = 0"), postgresql_where=text("seq = 0")),
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

# Never changed and never deleted: a rollback, a journal or a dispute may need any of them.
FLOW_VERSIONS = Table(
    "flow_versions",
    METADATA,
    Column("flow", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String, nullable=False),
    Column("bundle", Text, nullable=False),
    Column("checksum", String, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("replaced", Integer),
)

# The last move of a flow says which version is live; the last of all tells a server that something is new.
FLOW_MOVES = Table(
    "flow_moves",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("flow", String, nullable=False),
    Column("moved_at", BigInteger, nullable=False),
    Column("moved_by", Text, nullable=False),
    Column("from_number", Integer),
    Column("to_number", Integer),
    Column("note", Text, nullable=False),
    ForeignKeyConstraint(
        ["flow", "to_number"], ["flow_versions.flow", "flow_versions.number"], name="fk_flow_moves_to_number"
    ),
    Index("ix_flow_moves_flow_seq", "flow", "seq"),
)

CUSTOMER_PINS = Table(
    "customer_pins",
    METADATA,
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True),
    Column("number", String, nullable=False, unique=True),
    Column("pin_hash", Text, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", BigInteger),
)

# No foreign key: a promise outlives whatever is known of the call.
CALLBACK_PROMISES = Table(
    "callback_promises",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("call_id", String, nullable=False),
    Column("queue", String, nullable=False),
    Column("number", String, nullable=False),
    Column("language", String, nullable=False),
    Column("customer_id", String),
    Column("at", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("done_at", BigInteger),
    Column("done_by", Text),
    UniqueConstraint("call_id", "queue"),
    Index("ix_callback_promises_state_at", "state", "at"),
    sqlite_autoincrement=True,  # the id of a promise that was erased is never another's
)

CALENDAR_CLOSINGS = Table(
    "calendar_closings",
    METADATA,
    Column("calendar", String, primary_key=True),
    Column("until", BigInteger),
    Column("reason", Text, nullable=False, server_default=""),
    Column("closed_by", Text, nullable=False, server_default=""),
    Column("closed_at", BigInteger, nullable=False),
)

# What is still to be done with providers: recordings to be fetched, prices to be asked for, calls that were placed.
DUES = Table(
    "dues",
    METADATA,
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("detail", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    # The server that does it, and until when nobody else may.
    Column("held_by", String),
    Column("held_until", BigInteger),
    Column("erased", Integer, nullable=False, server_default="0"),
    Index("ix_dues_kind_since", "kind", "since"),
)
