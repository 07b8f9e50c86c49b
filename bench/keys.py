"""From a pressed key to the next prompt, at 50 calls a second."""

from dataclasses import dataclass

from bench import places, programs
from bench.house import House

RATE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Milliseconds, one for each key, and for the first prompt after the answer."""

    native: list[float]
    ringside: list[float]
    native_first: list[float]
    ringside_first: list[float]
    unheard: int
    """Calls that did not come to their end."""


def measure(house: House) -> Keys:
    """Press keys at the dialplan and at Ringside."""
    asked = {"rate": RATE, "seconds": house.pace.keys_s, "keys": "12"}
    with programs.reference("listener", house.pbx.secret):
        native = programs.call(to=places.NATIVE, **asked)
    with house.ringside():
        programs.call(to=places.MENUS, rate=20, seconds=2, keys="12")  # a server that has just started is slower
        ringside = programs.call(to=places.MENUS, **asked)
    return Keys(
        native=native.key_to_sound_ms,
        ringside=ringside.key_to_sound_ms,
        native_first=native.answer_to_sound_ms,
        ringside_first=ringside.answer_to_sound_ms,
        unheard=native.calls - native.ended + ringside.calls - ringside.ended,
    )
