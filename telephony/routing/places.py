"""Who comes when: the one order of the line, a caller's place in it, and whether the place is told."""

from collections.abc import Iterable

from telephony.calls.model import CallId
from telephony.routing.queues import Waiting


def in_order(line: Iterable[Waiting]) -> list[Waiting]:
    """Return the callers as they are served: who joined first comes first, whatever carrier they called on."""
    return sorted(line, key=lambda each: each.joined_at)


def place_of(call_id: CallId, line: Iterable[Waiting]) -> int:
    """Return the caller's place among those who wait for the same queue, 1 for the next; 0 for who does not wait.

    Callers who are rung through at this moment count: when nobody answers they keep their place. Those who wait for one
    named agent stand in nobody's way but each other's.
    """
    waiting = list(line)
    mine = next((each for each in waiting if each.call_id == call_id), None)
    if mine is None:
        return 0
    same = in_order(each for each in waiting if (each.queue, each.only) == (mine.queue, mine.only))
    return 1 + [each.call_id for each in same].index(call_id)


def place_to_tell(place: int, *, told: int | None, up_to: int) -> int | None:
    """Return the place that the caller shall hear now; None when nothing is said of it.

    Nothing is said of places after `up_to`, for "you are number forty" sends people away. Nor of one that is worse than
    what this caller was `told` before: a place is lost only to somebody who has waited longer (who was moved here from
    another line, and kept theirs), and the caller, to whom that cannot be explained, would hear that they are pushed
    back. Their place is told again once it is as good as they know it; the time to come is told in any case.
    """
    if not 1 <= place <= up_to or (told is not None and place > told):
        return None
    return place
