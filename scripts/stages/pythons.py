"""The other Pythons that Ringside runs on: those of this machine, each with an environment of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from stages.python_env import uv
from stages.report import STATE, run, show

VERSIONS = ("3.11", "3.12", "3.13", "3.14")


def others() -> Iterator[tuple[str, Path]]:
    """Give the version and the program of each supported Python of this machine but the one that runs this."""
    for version in VERSIONS:
        found = next((path for path in _candidates(version) if _is_it(path, version)), None)
        if found is not None and version != f"{sys.version_info.major}.{sys.version_info.minor}":
            yield version, found


def quick_tests(version: str, python: Path) -> int:
    """Run the tests that need no Asterisk and no browser under this Python."""
    folder = STATE / f"python{version}"
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_PROJECT_ENVIRONMENT": str(folder)}
    sync: list[str | Path] = [uv(), "sync", "--frozen", "--python", python]
    run(sync, failure=f"the packages cannot be installed for Python {version}", env=env)
    pytest: list[str | Path] = [
        folder / "bin/python",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/unit",
        "tests/journeys",
    ]
    return show([*pytest, "-m", "not integration"])


def _candidates(version: str) -> Iterator[Path]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield Path(on_path)
    yield from sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python"))


def _is_it(path: Path, version: str) -> bool:
    """Tell whether it runs; a shim may stand there for a Python that does not."""
    says = "import sys; print(f'{sys.version_info.major}.{sys.version_info.minor}')"
    done = subprocess.run([path, "-c", says], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.returncode == 0 and done.stdout.strip() == version
