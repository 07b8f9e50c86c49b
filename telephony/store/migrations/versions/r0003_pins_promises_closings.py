"""Customers' PINs, callbacks promised, and calendars closed by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "customer_pins",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_pins_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_pins")),
        sa.UniqueConstraint("number", name=op.f("uq_customer_pins_number")),
    )
    op.create_table(
        "callback_promises",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_promises")),
        sa.UniqueConstraint("call_id", "queue", name=op.f("uq_callback_promises_call_id_queue")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("callback_promises", schema=None) as batch_op:
        batch_op.create_index("ix_callback_promises_state_at", ["state", "at"], unique=False)

    op.create_table(
        "calendar_closings",
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("calendar", name=op.f("pk_calendar_closings")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("calendar_closings")
    with op.batch_alter_table("callback_promises", schema=None) as batch_op:
        batch_op.drop_index("ix_callback_promises_state_at")

    op.drop_table("callback_promises")
    op.drop_table("customer_pins")
