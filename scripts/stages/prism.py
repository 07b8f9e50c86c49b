"""Prism, which holds our requests against Twilio's OpenAPI document in the tests, as tests/prism/ pins it."""

import hashlib
from pathlib import Path

from stages import web
from stages.report import PROJECT, run, say

FOLDER = PROJECT / "tests/prism"
SCRIPT = FOLDER / "node_modules/@stoplight/prism-cli/dist/index.js"
_STAMP = FOLDER / "node_modules/.ringside-lock"


def ensure() -> None:
    """Install it as its lock file says, unless it is. Raises StageError."""
    if is_here():
        return
    say("fetching Prism for the tests")
    run(
        ["npm", "ci", "--no-audit", "--no-fund"],
        failure="Prism cannot be fetched",
        env=web.environment(),
        cwd=FOLDER,
    )
    _STAMP.write_text(_wanted())


def is_here() -> bool:
    """Tell whether it stands as the lock file says."""
    return SCRIPT.is_file() and _STAMP.is_file() and _STAMP.read_text() == _wanted()


def command(document: Path, upstream: str) -> list[str]:
    """Return the command that puts it before `upstream`, on a port it chooses and prints.

    What does not fit the document is answered by an error.
    """
    return ["node", str(SCRIPT), "proxy", str(document), upstream, "--errors", "-h", "127.0.0.1", "-p", "0"]


def environment() -> dict[str, str]:
    """Return an environment in which node is found and its output has no colours. Raises StageError."""
    return {**web.environment(), "NO_COLOR": "1", "FORCE_COLOR": "0", "NO_PROXY": "127.0.0.1"}


def _wanted() -> str:
    return hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
