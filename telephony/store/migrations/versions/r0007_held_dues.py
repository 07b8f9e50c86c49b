"""Which server does what is due, whose dues are to be forgotten, and how calls without an end are found."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the index."""
    op.add_column("dues", sa.Column("held_by", sa.String(), nullable=True))
    op.add_column("dues", sa.Column("held_until", sa.BigInteger(), nullable=True))
    op.add_column("dues", sa.Column("erased", sa.Integer(), server_default="0", nullable=False))
    first = sa.text("seq = 0")
    op.create_index("ix_steps_begun", "steps", ["at"], unique=False, sqlite_where=first, postgresql_where=first)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_steps_begun", table_name="steps")
    with op.batch_alter_table("dues") as dues:
        for name in ("held_by", "held_until", "erased"):
            dues.drop_column(name)
