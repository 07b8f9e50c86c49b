"""What is still to be done with providers, and what they charge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from telephony.calls.costs import Cost
from telephony.calls.model import CallId

HELD = timedelta(seconds=60)
"""How long a due is one server's to do without saying so again: one that dies holds nothing for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something that is still to be done with a provider. `detail` is its owner's own text."""

    kind: str
    """Whose it is, e.g. `recording`."""
    id: str
    detail: str
    since: datetime
    erased: bool = False
    """Whom it is about is to be forgotten: all that is left to do is to forget them at the provider, too."""
    call_id: CallId | None = None
    """The call it is about, for `keep` alone: what is written down of a call that is erased is erased, too."""


class Dues(Protocol):
    """What is still to be done with providers, kept over a restart. Every method raises StoreUnavailableError.

    Several servers may do it, each due by one of them: by the one that holds it.
    """

    async def keep(self, *dues: Due, held: bool = False) -> None:
        """Write them down together, or anew with another detail; the same id of a kind is the same due.

        `held`: those that are new are this server's to do, for as long as after `hold`.
        """
        ...

    async def hold(self, kind: str, *due_ids: str) -> Sequence[Due]:
        """Take those of a kind that no other server holds, or of them only these, and give them, the oldest first.

        What is held already is held anew. Nobody else gets them for `HELD` from now, unless they are let go.
        """
        ...

    async def let_go(self, kind: str) -> None:
        """Let others do at once what this server holds of a kind."""
        ...

    async def get(self, kind: str, due_id: str) -> Due | None:
        """Give one; None when it is not there."""
        ...

    async def all(self, kind: str) -> Sequence[Due]:
        """Give those of a kind, the oldest first."""
        ...

    async def settle(self, kind: str, *due_ids: str) -> None:
        """Forget those that are done; one that is not there is nothing to do."""
        ...


class Costs(Protocol):
    """What calls cost, in the timeline."""

    async def put(self, call_id: CallId, cost: Cost) -> bool:
        """Keep what a call costs at its caller's carrier; a tariff's word never replaces the provider's.

        What its parts at Asterisk cost stays as it is. Raises StoreUnavailableError.
        False when the call is not in the timeline yet, so that nothing was kept.
        """
        ...
