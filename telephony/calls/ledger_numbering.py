"""Tells the company's own phones from the rest of the world."""

from dataclasses import dataclass

# Channels that Asterisk makes for its own purposes: nobody is at their end.
_TECHNICAL = frozenset(
    {
        "Announcer", "AsyncGoto", "Bridge", "CBAnn", "CBRec", "Local", "Message", "MulticastRTP", "OutgoingSpoolFailed",
        "Recorder", "Snoop", "Surrogate",
    }
)  # fmt: skip
# Lines whose endpoints are numbered by the hardware, so that a short number there is no extension.
_NUMBERED_LINES = frozenset({"DAHDI", "Zap", "mISDN"})


def is_party(channel: str) -> bool:
    """Tell whether a person or a device is at the end of this channel; Local channels and the like are only wiring."""
    return channel.partition("/")[0] not in _TECHNICAL


def endpoint_of(channel: str) -> str:
    """Return the address a channel belongs to: `PJSIP/101` for `PJSIP/101-0000002a`."""
    return channel.rpartition("-")[0] or channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """How the company numbers itself. An endpoint named here is certain; for others short numbers are extensions."""

    phones: frozenset[str] = frozenset()
    """Endpoints of the company's own phones, e.g. `PJSIP/maria`."""
    trunks: frozenset[str] = frozenset()
    """Endpoints that lead outside, e.g. `PJSIP/trunk`."""
    min_digits: int = 2
    max_digits: int = 6

    def is_extension(self, number: str) -> bool:
        """Tell whether a number has the length of an extension; feature codes such as `*8` count."""
        digits = number.lstrip("*#")
        if number.startswith(("*", "#")):
            return len(digits) <= self.max_digits
        return number.isascii() and number.isdigit() and self.min_digits <= len(number) <= self.max_digits

    def is_inside(self, channel: str, number: str = "") -> bool:
        """Tell whether a channel, on which this number was seen, is one of the company's own phones."""
        endpoint = endpoint_of(channel)
        if endpoint in self.phones or endpoint in self.trunks:
            return endpoint in self.phones
        return bool(self.extension_of(channel)) or self.is_extension(number)

    def extension_of(self, channel: str) -> str:
        """Return the extension that a channel's endpoint is named after; '' when it is not."""
        technology, _, name = endpoint_of(channel).partition("/")
        return name if technology not in _NUMBERED_LINES and name.isdigit() and self.is_extension(name) else ""
