"""What is said, and what was said."""

from typing import Protocol

from telephony.calls.commands import Prompt


class PromptFiles(Protocol):
    """The rendered prompts."""

    def path(self, prompt: Prompt) -> str | None:
        """Return the file without extension as the carrier plays it; None when it is not rendered."""
        ...


class Transcriber(Protocol):
    """Writes down what a recording says."""

    async def text_of(self, recording: str, language: str) -> str:
        """Give the text of a file below the recordings folder; '' for silence. Raises RingsideError."""
        ...
