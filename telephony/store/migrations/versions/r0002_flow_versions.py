"""Published versions of flows, and which of them is live."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "flow_versions",
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("checksum", sa.String(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("replaced", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("flow", "number", name=op.f("pk_flow_versions")),
    )
    op.create_table(
        "flow_moves",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.Column("moved_by", sa.Text(), nullable=False),
        sa.Column("from_number", sa.Integer(), nullable=True),
        sa.Column("to_number", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["flow", "to_number"], ["flow_versions.flow", "flow_versions.number"], name=op.f("fk_flow_moves_to_number")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_flow_moves")),
    )
    with op.batch_alter_table("flow_moves", schema=None) as batch_op:
        batch_op.create_index("ix_flow_moves_flow_seq", ["flow", "seq"], unique=False)


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("flow_moves", schema=None) as batch_op:
        batch_op.drop_index("ix_flow_moves_flow_seq")

    op.drop_table("flow_moves")
    op.drop_table("flow_versions")
