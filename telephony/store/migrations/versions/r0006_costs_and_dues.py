"""What calls cost, and what is still to be done with providers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COST = ("cost", "currency", "cost_source")


def upgrade() -> None:
    """Add the columns and make the table."""
    for name in _COST:
        op.add_column("entries", sa.Column(name, sa.String(), nullable=True))
    op.create_table(
        "dues",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_dues")),
    )
    with op.batch_alter_table("dues", schema=None) as batch_op:
        batch_op.create_index("ix_dues_kind_since", ["kind", "since"], unique=False)


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("dues", schema=None) as batch_op:
        batch_op.drop_index("ix_dues_kind_since")

    op.drop_table("dues")
    with op.batch_alter_table("entries") as entries:
        for name in _COST:
            entries.drop_column(name)
