"""The bounded way of events."""

import asyncio
from datetime import UTC, datetime

from telephony.carriers.asterisk.event_queue import EventQueue, LinkUp, Overflowed, RawEvent

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def event(name: str, number: int = 0) -> RawEvent:
    return RawEvent(name.encode(), str(number).encode())


def drained(queue: EventQueue) -> list[object]:
    return list(iter(queue.take, None))


def test_events_and_marks_keep_their_order() -> None:
    queue = EventQueue(10)
    items = [LinkUp(), event("CEL", 1), event("Hangup", 2), event("CEL", 3)]
    for item in items:
        queue.put(item, NOW)
    assert drained(queue) == items
    assert queue.dropped == 0


def test_a_flood_drops_the_oldest_of_the_least_important_and_asks_for_a_snapshot() -> None:
    queue = EventQueue(8)
    for number in range(4):
        queue.put(event("DeviceStateChange", number), NOW)
    for number in range(5):
        queue.put(event("CEL", number), NOW)
    assert queue.dropped == 2
    assert drained(queue) == [
        event("DeviceStateChange", 2),
        event("DeviceStateChange", 3),
        *(event("CEL", number) for number in range(5)),
        Overflowed(NOW),
    ]


def test_a_flood_of_the_most_important_stays_bounded_and_asks_once() -> None:
    queue = EventQueue(100)
    for number in range(1000):
        queue.put(event("CEL", number), NOW)
    assert len(queue) <= 101
    left = drained(queue)
    assert left[-1] != event("CEL", 0)
    assert sum(isinstance(item, Overflowed) for item in left) == 1
    assert queue.dropped + len(left) - 1 == 1000


def test_a_second_flood_asks_for_a_second_snapshot() -> None:
    queue = EventQueue(4)
    for _ in range(2):
        for number in range(6):
            queue.put(event("CEL", number), NOW)
        assert sum(isinstance(item, Overflowed) for item in drained(queue)) == 1


async def test_the_reader_wakes_when_something_comes() -> None:
    queue = EventQueue(4)
    reader = asyncio.create_task(queue.some(), name="reader")
    await asyncio.sleep(0)
    assert not reader.done()
    queue.put(event("CEL"), NOW)
    async with asyncio.timeout(1):
        await reader
    assert queue.take() == event("CEL")
    assert queue.take() is None
