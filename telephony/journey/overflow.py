"""Asks the carriers how they do, and keeps to what was chosen: the rules are `routing.overflow`."""

import logging
from collections.abc import Sequence
from typing import Protocol

from telephony.ports import CarrierHealth, Clock
from telephony.routing.overflow import CarrierState, Chosen, OverflowRules, choose

logger = logging.getLogger(__name__)


class Watched(Protocol):
    """A carrier, as far as it is looked at."""

    @property
    def name(self) -> str:
        """Return its name."""
        ...

    @property
    def health(self) -> CarrierHealth:
        """Tell how it is doing, without waiting."""
        ...


class Overflow:
    """Chooses the carrier of each new call. `prefer` is the name of the one that is used while it is well."""

    def __init__(self, rules: OverflowRules, clock: Clock, prefer: str = "") -> None:
        self._rules = rules
        self._clock = clock
        self._prefer = prefer
        self._before: Chosen | None = None

    def choose(self, carriers: Sequence[Watched]) -> Chosen:
        """Return the carrier of the next call; after the preferred one they are asked in this order."""
        ordered = sorted(carriers, key=lambda carrier: carrier.name != self._prefer)
        full_at = [self._rules.full_at, *(0 for _ in ordered[1:])]
        states = [_state(each.name, each.health, limit) for each, limit in zip(ordered, full_at, strict=True)]
        chosen, before = choose(states, self._rules, self._clock.now(), self._before), self._before
        self._before = chosen
        if before is not None and before.carrier != chosen.carrier:
            told = {"action": "overflow", "from": before.carrier, "to": chosen.carrier, "reason": chosen.reason}
            logger.warning("new calls go to another carrier", extra=told)
        return chosen


def _state(name: str, health: CarrierHealth, limit: int) -> CarrierState:
    return CarrierState(
        name=name,
        connected=health.connected,
        back_since=health.since if health.reconnects else None,
        live=health.live_lines,
        limit=limit,
        answers_in_s=health.answers_in_s,
        failures=health.failures,
        asked_at=health.asked_at,
    )
