"""The real Asterisk and real SIP callers. Nothing here is skipped: what is missing fails and says how to have it."""

import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
for folder in (PROJECT, PROJECT / "scripts"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from tests.integration.asterisk import AsteriskInstance, new_instance  # noqa: E402
from tests.integration.ringside import Server, serving  # noqa: E402
from tests.integration.sipp import Sipp  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give who comes first the time to have every prompt of the demo rendered: a minute and more on a busy machine."""
    for item in items:
        if item.get_closest_marker("integration") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskInstance]:
    """A private Asterisk with the project's own configuration, for the whole run."""
    instance = new_instance(tmp_path_factory.mktemp("pbx"))
    instance.start()
    try:
        yield instance
    finally:
        instance.stop()


@pytest.fixture
async def server(asterisk: AsteriskInstance, tmp_path: Path) -> AsyncIterator[Server]:
    """A Ringside beside that Asterisk, with the demo company; files that want other settings have their own."""
    async with serving(asterisk, tmp_path) as made:
        yield made


@pytest.fixture
async def sipp(asterisk: AsteriskInstance, tmp_path: Path) -> AsyncIterator[Sipp]:
    """Callers and phones at that Asterisk."""
    if shutil.which("sipp") is None:
        pytest.fail("SIPp is missing: apt install sip-tester")
    made = Sipp(folder=tmp_path, asterisk=asterisk)
    try:
        yield made
    finally:
        await made.leaves_no_call()
