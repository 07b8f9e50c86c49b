"""What the tests at a provider on this machine share."""

import pytest


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a proxy of the environment out of what is asked on this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
