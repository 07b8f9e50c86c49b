"""What the legs at Asterisk cost of a call whose caller is on another carrier, apart from that one's price."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BESIDE = ("cost_beside", "currency_beside")


def upgrade() -> None:
    """Add the columns."""
    for name in _BESIDE:
        op.add_column("entries", sa.Column(name, sa.String(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("entries") as entries:
        for name in _BESIDE:
            entries.drop_column(name)
