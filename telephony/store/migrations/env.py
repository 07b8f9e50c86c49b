"""Called by Alembic, on the connection that `telephony.store.migrate` gives it."""

from alembic import context

from telephony.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
