"""The database's history, applied by `telephony.store.migrate`."""
