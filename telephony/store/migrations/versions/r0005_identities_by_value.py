"""Finds who has a number by the number first: one place in the index instead of one for each channel."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put the number before the channel."""
    op.create_index("ix_identities_value_channel", "identities", ["value", "channel"])
    op.drop_index("ix_identities_channel_value", "identities")


def downgrade() -> None:
    """Put the channel first again."""
    op.create_index("ix_identities_channel_value", "identities", ["channel", "value"])
    op.drop_index("ix_identities_value_channel", "identities")
