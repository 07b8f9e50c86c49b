"""What a caller hears while nothing is there to say yet."""

import asyncio

from telephony.calls.commands import Prompt
from telephony.carriers.twilio.twiml import Documents

ONE_MOMENT = "one_moment"
REASSURED_AFTER_S = 3.0
"""How long a caller is left in silence while we wait for what comes next."""


class Patience:
    """One stretch of waiting at a time: seconds of silence, and once, when it has lasted, a word that we are there."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._since: float | None = None
        self._reassured = False

    def end(self) -> None:
        """Take the news that the wait is over; the next one begins anew."""
        self._since, self._reassured = None, False

    def document(self, turn: int, language: str) -> str:
        """Return a document that comes back in a moment, as after the turn."""
        now = asyncio.get_running_loop().time()
        self._since = now if self._since is None else self._since
        moment = Prompt(text_id=ONE_MOMENT, language=language)
        if self._reassured or now - self._since < REASSURED_AFTER_S or not self._documents.can_say(moment):
            return self._documents.wait(turn)
        self._reassured = True
        return self._documents.wait(turn, moment)
