"""A migrated database file for each test, made once and copied."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telephony.store.database import Database
from telephony.store.migrate import upgrade_sync
from telephony.store.writer import Writer


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("store") / "empty.db"
    upgrade_sync(f"sqlite:///{file}")
    return file


@pytest.fixture
def file(empty_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty_file, tmp_path / "ringside.db"))


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    async with Database(f"sqlite:///{file}", busy_s=0.05) as database:
        yield database


@pytest.fixture
async def writer(database: Database, tmp_path: Path) -> AsyncIterator[Writer]:
    async with Writer(database, tmp_path, pace_s=0.001) as writer:
        yield writer
