"""The Python environment: .venv, exactly as uv.lock says."""

import os
import shutil
import sys
from pathlib import Path

from stages.report import PROJECT, STATE, StageError, run, say
from stages.system import apt_install

TOOLS = STATE / "tools"
OLDEST, TOO_NEW = (3, 11), (3, 15)


def ensure() -> None:
    """Make or mend .venv. Raises StageError with what is missing."""
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        raise StageError(f"Python 3.11 to 3.14 is needed, this is {sys.version.split()[0]} ({sys.executable})")
    installer = uv()
    # The interpreter that runs this is the one to use: nothing is downloaded.
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_PROJECT_ENVIRONMENT": str(PROJECT / ".venv")}
    chosen = [] if (PROJECT / ".venv/bin/python").exists() else ["--python", sys.executable]
    run(
        [installer, "sync", "--frozen", "--inexact", *chosen],
        failure="the Python packages cannot be installed",
        env=env,
    )


def program(name: str) -> Path:
    """Return a program of the environment, e.g. `pytest`."""
    return PROJECT / ".venv/bin" / name


def tools_python() -> Path:
    """Return the Python of a small environment of our own tools (uv, Node), made at need. Raises StageError."""
    python = TOOLS / "bin/python"
    if not python.exists():
        shutil.rmtree(TOOLS, ignore_errors=True)
        try:
            run([sys.executable, "-m", "venv", TOOLS], failure="no environment can be made")
        except StageError:
            shutil.rmtree(TOOLS, ignore_errors=True)
            _make_venv_possible()
            run([sys.executable, "-m", "venv", TOOLS], failure="no environment can be made")
    return python


def uv() -> str | Path:
    """Return the program that installs the packages, made at need. Raises StageError."""
    found = shutil.which("uv")
    if found:
        return found
    own = TOOLS / "bin/uv"
    if not own.exists():
        say("installing uv, which installs the rest")
        run([tools_python(), "-m", "pip", "install", "-q", "uv"], failure="uv cannot be installed")
    return own


def _make_venv_possible() -> None:
    """Debian's Python comes without ensurepip."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise StageError(f"this Python cannot make an environment: apt install {package}, or install uv")
    apt_install([package])
