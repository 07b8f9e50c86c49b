"""What callers hear: prompts and music under addresses from which the cloud fetches them."""

import re
from pathlib import Path
from typing import Protocol

from telephony.calls.commands import Prompt
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.ports import PromptFiles

PREFIX = "/twilio/media"
NAME = "[A-Za-z0-9_-]{1,128}"
"""What a sound may be called: nothing in it could lead out of its folder."""

_NAME = re.compile(NAME)
_HEADER_BYTES = 44
_BYTES_A_SECOND = 16_000


class Sounds(Protocol):
    """What a document must know of sounds."""

    def url(self, prompt: Prompt) -> str | None:
        """Return where a prompt is fetched; None when it is not rendered."""
        ...

    def seconds(self, prompt: Prompt) -> float:
        """Return how long a prompt plays; 0.0 when that is not known."""
        ...

    def music(self, name: str, from_s: int, for_s: int) -> str:
        """Return where a piece of hold music is fetched."""
        ...


class Media:
    """Rendered prompts, by the names of their files. Implements `Sounds`."""

    def __init__(self, settings: TwilioSettings, prompts: PromptFiles) -> None:
        self._prompts = prompts
        self._base = settings.public_base_url + PREFIX
        self._folder = settings.recordings_dir / "prompts"
        self._seconds: dict[str, float] = {}

    def url(self, prompt: Prompt) -> str | None:
        """Return where a prompt is fetched; None when it is not rendered."""
        name = self._name(prompt)
        return f"{self._base}/{name}.wav" if name else None

    def seconds(self, prompt: Prompt) -> float:
        """Return how long a prompt plays; 0.0 when that is not known."""
        name = self._name(prompt)
        if name is None:
            return 0.0
        if name not in self._seconds:  # a name is a digest of its content: once is enough
            self._seconds[name] = _seconds_of(self.file(name))
        return self._seconds[name]

    def music(self, name: str, from_s: int, for_s: int) -> str:
        """Return where a piece of hold music is fetched; an unusable name is the default music's."""
        return f"{self._base}/music/{name if _NAME.fullmatch(name) else 'default'}.wav?from_s={from_s}&for_s={for_s}"

    def file(self, name: str) -> Path:
        """Return the file of a name that is one. Raises ValueError for a name that could lead elsewhere."""
        if not _NAME.fullmatch(name):
            msg = "unusable name of a sound"
            raise ValueError(msg)
        return self._folder / f"{name}.wav"

    def _name(self, prompt: Prompt) -> str | None:
        path = self._prompts.path(prompt)
        name = path.rpartition("/")[2] if path else ""
        return name if _NAME.fullmatch(name) else None


def _seconds_of(file: Path) -> float:
    try:
        return max(0, file.stat().st_size - _HEADER_BYTES) / _BYTES_A_SECOND
    except OSError:
        return 0.0
