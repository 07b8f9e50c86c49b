"""A redirect of a call: until its request has come, whatever is begun would be cut by it."""

import asyncio
from collections.abc import Awaitable, Callable

from telephony.errors import CarrierRefusedError, CarrierUnavailableError

CUT_DUE_S = 3.0
"""How long after a redirect its request may still come."""

Redirect = Callable[[str], Awaitable[None]]
"""Sends the call to an address at once. Raises as a carrier does."""


class Cut:
    """One redirect, asked for after `turn`. It `is_due` from the asking until its request has come or cannot come."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self._over = False
        self._until: float | None = None
        """Loop time; None while it is being asked for."""

    @property
    def is_due(self) -> bool:
        """Tell whether its request may still come."""
        return not self._over and (self._until is None or asyncio.get_running_loop().time() < self._until)

    def came(self) -> None:
        """Take the news that its request is here."""
        self._over = True

    async def make(self, redirect: Redirect, url: str) -> None:
        """Ask for it. Raises as `redirect` does."""
        try:
            await redirect(url)
        except (CarrierUnavailableError, CarrierRefusedError):
            self._over = True
            raise
        finally:  # also when its outcome is not known
            self._until = asyncio.get_running_loop().time() + CUT_DUE_S
