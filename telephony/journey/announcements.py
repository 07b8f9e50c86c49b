"""What one waiting caller is told, and when: that we know of them, their place, and the time to come."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from telephony.calls.commands import Prompt
from telephony.ivr.spoken.waiting import place_piece, wait_piece
from telephony.journey.floor import Floor
from telephony.journey.live_call import LiveCall
from telephony.routing.pace import rough_wait
from telephony.routing.places import place_to_tell
from telephony.routing.queues import Queue

STILL_HERE = "all_busy"

Speaks = Callable[[str, Prompt], bool]
"""Tells whether a prompt can be heard in a flow, named as `LiveCall.flow` is."""


@dataclass(slots=True)
class Announcements:
    """One for each wait of each caller: it knows what they were told. Times are POSIX timestamps."""

    floor: Floor
    call: LiveCall
    queue: Queue
    language: str
    speaks: Speaks
    greeting: tuple[Prompt, ...]
    _told_at: float | None = None
    _told_place: int | None = None

    def due(self, now: float) -> tuple[Prompt, ...]:
        """Return what the caller, who is about to be held, hears before the music; () when nothing is due yet.

        At first that is the greeting, later that all are busy still; both with place and time, which are noted in the
        call's path. What has no sound is left out.
        """
        if now < self.next_at:
            return ()
        still_here = (Prompt(text_id=STILL_HERE, language=self.language),)
        opening = self.greeting if self._told_at is None else still_here
        self._told_at = now
        return (*opening, *self._news())

    @property
    def next_at(self) -> float:
        """Return when something is due again; never comes where the queue says so."""
        if self._told_at is None:
            return -math.inf
        return self._told_at + self.queue.announce_every_s if self.queue.announce_every_s else math.inf

    def _news(self) -> tuple[Prompt, ...]:
        news = [each for each in (self._place(), self._wait()) if each and self.speaks(self.call.flow, each.prompt)]
        if news:
            self.call.note(self.queue.name, "line", "announced", ", ".join(each.told for each in news))
        return tuple(each.prompt for each in news)

    def _place(self) -> "_News | None":
        place = self.floor.place(self.call.id) if self.queue.announce_position else 0
        place_told = place_to_tell(place, told=self._told_place, up_to=self.queue.announce_position)
        if place_told is None:
            return None
        self._told_place = place_told
        return self._spoken(place_piece(place_told), f"place {place_told}")

    def _wait(self) -> "_News | None":
        seconds = self.floor.expected_wait_s(self.call.id) if self.queue.announce_wait else None
        if seconds is None:
            return None
        wait = rough_wait(seconds)
        return self._spoken(wait_piece(wait.rough, wait.minutes), str(wait))

    def _spoken(self, text_id: str, told: str) -> "_News":
        return _News(prompt=Prompt(text_id=text_id, language=self.language), told=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    prompt: Prompt
    told: str
    """The same for the timeline: `place 3`, `about 4 min`."""
