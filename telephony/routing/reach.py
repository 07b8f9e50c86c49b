"""Which phones a carrier can ring for its callers, and why not the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class PhoneKind(StrEnum):
    """What an agent's address leads to."""

    EXTENSION = "extension"
    """A phone at Asterisk, e.g. `PJSIP/101`."""
    OUTSIDE = "outside"
    """A mobile or any other telephone of the world, e.g. `tel:+359888123456`."""
    CLIENT = "client"
    """A browser client of Twilio's, e.g. `client:maria`."""


_SCHEMES = {"tel": PhoneKind.OUTSIDE, "client": PhoneKind.CLIENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What one carrier cannot ring, each with the reason in words for a supervisor; nothing: it rings all."""

    cannot: Mapping[PhoneKind, str] = field(default_factory=dict)
    _known: dict[str, str | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    """By address, worked out once: every decision asks of every free agent's phone."""

    def objection(self, endpoint: str) -> str | None:
        """Return why this carrier cannot ring an agent's phone at this address, or None when it can."""
        if not self.cannot:
            return None
        if endpoint not in self._known:
            self._known[endpoint] = self.cannot.get(kind_of(endpoint))
        return self._known[endpoint]


EVERYWHERE = Reach()


def kind_of(endpoint: str) -> PhoneKind:
    """Return what an address leads to; one without a scheme of its own is a phone at Asterisk."""
    scheme, colon, _ = endpoint.partition(":")
    return _SCHEMES.get(scheme, PhoneKind.EXTENSION) if colon else PhoneKind.EXTENSION


def reach_of_asterisk(*, outside_dial: bool) -> Reach:
    """Return what Asterisk cannot ring; `outside_dial` tells whether it is told how to call outside."""
    cannot = {PhoneKind.CLIENT: "a browser client of Twilio cannot be rung for a caller on Asterisk"}
    if not outside_dial:
        cannot[PhoneKind.OUTSIDE] = (
            "a phone outside cannot be rung for a caller on Asterisk: carriers.asterisk.outside_dial is not set"
        )
    return Reach(cannot=cannot)


def reach_of_twilio(*, sip_dial: bool) -> Reach:
    """Return what Twilio cannot ring; `sip_dial` tells whether it is told how to reach Asterisk."""
    if sip_dial:
        return EVERYWHERE
    why = "an Asterisk extension cannot be rung for a caller on Twilio: carriers.twilio.sip_dial is not set"
    return Reach(cannot={PhoneKind.EXTENSION: why})
