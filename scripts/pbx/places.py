"""Where an Asterisk is on this machine: the system's own, or a copy below a folder that runs through its own loader."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Asterisk:
    """An Asterisk that can be run. `command` is the program with all that must stand before its arguments."""

    command: tuple[str, ...]
    modules: Path
    share: Path
    sounds: Path
    version: str
    where: str


def find(project: Path) -> Asterisk | None:
    """Return the Asterisk to use, or None: RINGSIDE_ASTERISK_ROOT, the system's own if new enough, our copy."""
    named = os.environ.get("RINGSIDE_ASTERISK_ROOT")
    if named:
        return in_copy(Path(named))
    return on_system() or in_copy(copy_root(project))


def copy_root(project: Path) -> Path:
    """Return where the project keeps its own copy."""
    return project / ".ringside" / "asterisk-root"


def on_system() -> Asterisk | None:
    """Return the Asterisk that the distribution installed, or None when there is none or it is too old."""
    binary = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if binary is None:
        return None
    libraries = [*Path("/usr/lib").glob("*-linux-gnu*"), Path("/usr/lib64"), Path("/usr/lib"), Path("/usr/local/lib")]
    return _described((binary,), libraries, [Path("/usr/share/asterisk"), Path("/var/lib/asterisk")], binary)


def in_copy(root: Path) -> Asterisk | None:
    """Return the Asterisk below `root`, run by the copy's own loader and libraries; None when it is not whole."""
    root = root.resolve()
    binary = root / "usr/sbin/asterisk"
    loader = next(
        (
            path
            for folder in ("usr/lib64", "lib64", "usr/lib", "lib")
            for path in (root / folder).glob("ld-linux-*.so.*")
        ),
        None,
    )
    if loader is None or not binary.is_file():
        return None
    libraries = sorted((root / "usr/lib").glob("*-linux-gnu*"))
    # The copy's libraries fit its loader and no other, so nothing of the machine's own is used and no chroot is needed.
    path = ":".join(str(folder) for folder in (*libraries, root / "lib" / libraries[0].name) if folder.is_dir())
    return _described(
        (str(loader), "--library-path", path, str(binary)), libraries, [root / "usr/share/asterisk"], str(root)
    )


def _described(command: tuple[str, ...], libraries: list[Path], shares: list[Path], where: str) -> Asterisk | None:
    modules = next(
        (folder / "asterisk/modules" for folder in libraries if (folder / "asterisk/modules/res_agi.so").is_file()),
        None,
    )
    share = next((folder for folder in shares if (folder / "documentation").is_dir()), None)
    said = subprocess.run([*command, "-V"], capture_output=True, text=True, timeout=20, check=False).stdout
    version = re.search(r"(\d+)(\.\S+)?", said)
    if modules is None or share is None or version is None or int(version[1]) < OLDEST:
        return None
    sounds = next((folder / "sounds" for folder in shares if (folder / "sounds").is_dir()), share / "sounds")
    return Asterisk(command=command, modules=modules, share=share, sounds=sounds, version=version[0], where=where)
