"""What the flow counted a call as."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("entries", sa.Column("outcome", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("entries") as entries:
        entries.drop_column("outcome")
