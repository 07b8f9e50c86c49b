"""The Pythons that Ringside runs on: those of this machine, each with an environment of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from stages.python_env import program, uv
from stages.report import STATE, meanwhile, run, show

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
_OURS = f"{sys.version_info.major}.{sys.version_info.minor}"


def quick_tests() -> Iterator[tuple[str, Callable[[], int]]]:
    """Run the tests that need nothing else under each of them, all at once: they are short of waiting, not of cores.

    Gives the version, and what waits for its end, shows its output and returns its exit code.
    """
    others = list(_others())
    with ThreadPoolExecutor(max_workers=len(others) + 1) as at_once:
        begun = [(_OURS, partial(_run, program("python")))]
        begun += [(version, partial(_run_other, version, python)) for version, python in others]
        yield from [(version, meanwhile(at_once, act, f"python{version}")) for version, act in begun]


def _others() -> Iterator[tuple[str, Path]]:
    """Give the version and the program of each supported Python of this machine but the one that runs this."""
    for version in VERSIONS:
        found = next((path for path in _candidates(version) if _is_it(path, version)), None)
        if found is not None and version != _OURS:
            yield version, found


def _run_other(version: str, python: Path, log: Path) -> int:
    folder = STATE / f"python{version}"
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_PROJECT_ENVIRONMENT": str(folder)}
    sync: list[str | Path] = [uv(), "sync", "--frozen", "--python", python]
    run(sync, failure=f"the packages cannot be installed for Python {version}", env=env)
    return _run(folder / "bin/python", log)


def _run(python: Path, log: Path) -> int:
    return show([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "quick"], into=log)


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
