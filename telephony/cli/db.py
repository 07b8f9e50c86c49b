"""`ringside db upgrade`: brings the database's tables to this version."""

import argparse

from telephony.cli.output import OK, say
from telephony.settings import load_settings
from telephony.store.migrate import revision_sync, upgrade_sync


def run(asked: argparse.Namespace) -> int:
    """Upgrade the database; harmless when it is up to date."""
    configured = load_settings(asked.config)
    configured.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade_sync(configured.database_url)
    say(f"the database is at version {revision_sync(configured.database_url)[0]}")
    return OK
