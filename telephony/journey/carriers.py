"""The telephone networks together: what is wanted of a call goes to the one it lives on."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from telephony.calls.model import LegId
from telephony.errors import CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError
from telephony.journey.overflow import Overflow
from telephony.ports import Carrier, CarrierHealth, Dial, DialOutcome

logger = logging.getLogger(__name__)

REMEMBERED = 10_000
"""Calls we placed of which it is known on which carrier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a call was placed, and why there."""

    carrier: str
    reason: str
    outcome: DialOutcome = DialOutcome.PLACED


class Carriers:
    """Implements `ports.Carrier` for one or more. A leg that none of them knows is asked of the first.

    `overflow` chooses where calls are placed; without it, it is the first.
    """

    def __init__(self, carriers: Sequence[Carrier], overflow: Overflow | None = None) -> None:
        self.all = tuple(carriers)
        self._overflow = overflow
        self._on: dict[LegId, str] = {}
        """Where each call was placed, or may have been."""
        self._unknown: set[LegId] = set()

    @property
    def name(self) -> str:
        """Return the names of all."""
        return ", ".join(carrier.name for carrier in self.all)

    @property
    def health(self) -> CarrierHealth:
        """Tell how they do together: connected when each one is."""
        health = [carrier.health for carrier in self.all]
        return CarrierHealth(
            connected=all(each.connected for each in health),
            told=all(each.told for each in health),
            live_lines=sum(each.live_lines for each in health),
        )

    def heard(self, name: str) -> bool:
        """Tell whether what happens on a carrier reaches us now; of one that is not here nothing does."""
        return any(carrier.health.told for carrier in self.all if carrier.name == name)

    def has(self, leg_id: LegId) -> bool:
        """Tell whether one of them knows this leg."""
        return any(carrier.has(leg_id) for carrier in self.all)

    async def wake(self, leg_id: LegId) -> None:
        """End the `Hold` of a caller at once; see the port."""
        await self._with(leg_id).wake(leg_id)

    async def hang_up(self, leg_id: LegId) -> None:
        """End a leg; see the port."""
        await self._with(leg_id).hang_up(leg_id)

    async def dial(self, dial: Dial, on: str = "") -> DialOutcome:
        """Place a call on the carrier of this name, '' for the one the rules choose; see the port."""
        return (await self.place(dial, on)).outcome

    async def place(self, dial: Dial, on: str = "") -> Placed:
        """Place a call and tell where, and why there; '' leaves the choice to the rules.

        Where nothing was sent the next carrier is tried at once, unless one was named. Raises as `ports.Carrier.dial`.
        After an unknown outcome the same leg is dialled again only once its carrier has said that it was not placed.
        """
        if dial.leg_id in self._unknown and await self._is_there(dial.leg_id):
            return _told(dial, self._on[dial.leg_id], "it was placed there already")
        wanted, reason = (self._named(on), "it was named") if on else self._chosen()
        ways = [wanted] if on else [wanted, *(each for each in self.all if each is not wanted)]
        for carrier in ways:
            try:
                await self._dial(carrier, dial)
            except CarrierUnavailableError as fault:
                if carrier is ways[-1]:
                    raise
                reason = f"{carrier.name} is not there: {fault}"
            else:
                return _told(dial, carrier.name, reason)
        raise CarrierUnavailableError("there is no carrier; nothing was sent")

    async def was_placed(self, leg_id: LegId, on: str = "") -> bool:
        """Ask the carrier on which it was to be placed, '' for the one that `dial` chose; see the port."""
        placed = await self._named(on or self._on.get(leg_id, "")).was_placed(leg_id)
        if on in ("", self._on.get(leg_id)):
            self._unknown.discard(leg_id)
        return placed

    async def _is_there(self, leg_id: LegId) -> bool:
        try:
            return await self.was_placed(leg_id)
        except CarrierUnavailableError as fault:
            # That nothing was sent is true of the question, not of the call
            msg = f"it is not known whether {leg_id} was placed: {fault}"
            raise OutcomeUnknownError(msg) from None

    async def _dial(self, carrier: Carrier, dial: Dial) -> None:
        self._remember(dial.leg_id, carrier.name)
        try:
            await carrier.dial(dial)
        except (CarrierUnavailableError, CarrierRefusedError):
            raise
        except BaseException:  # what was given up halfway may have been sent, too
            self._unknown.add(dial.leg_id)
            told = {"action": "dial_unknown", "leg_id": dial.leg_id, "carrier": carrier.name}
            logger.warning("a call may have been placed", extra=told)
            raise

    def _remember(self, leg_id: LegId, carrier: str) -> None:
        self._on[leg_id] = carrier
        while len(self._on) > REMEMBERED:
            oldest = next(iter(self._on))
            del self._on[oldest]
            self._unknown.discard(oldest)

    def _chosen(self) -> tuple[Carrier, str]:
        if self._overflow is None:
            return self._named(""), "it is the first"
        chosen = self._overflow.choose(self.all)
        return self._named(chosen.carrier), chosen.reason

    def _with(self, leg_id: LegId) -> Carrier:
        # Asterisk does not tell us of every leg it knows, so it stands first
        return next((carrier for carrier in self.all if carrier.has(leg_id)), self.all[0])

    def _named(self, name: str) -> Carrier:
        found = next((carrier for carrier in self.all if name in ("", carrier.name)), None)
        if found is None:
            raise CarrierRefusedError(f"there is no carrier {name}: set carriers.{name}.enabled")
        return found


def _told(dial: Dial, carrier: str, reason: str) -> Placed:
    told = {"action": "call_placed", "leg_id": dial.leg_id, "carrier": carrier, "reason": reason}
    logger.info("a call was placed", extra=told)
    return Placed(carrier=carrier, reason=reason)
