"""When a calendar changes next."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from telephony.routing.calendars import Calendar, Hours
from telephony.routing.closings import next_change

OFFICE = Calendar(
    name="office",
    zone=ZoneInfo("Europe/Sofia"),
    weekly=dict.fromkeys(range(5), (Hours(opens=540, closes=1080),)) | {5: (Hours(opens=1320, closes=1560),)},
    exceptions={date(2026, 3, 27): (Hours(opens=600, closes=720),)},
)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-03-02T12:00", "2026-03-02T18:00"),
        ("2026-03-02T18:00", "2026-03-03T09:00"),
        ("2026-03-07T23:30", "2026-03-08T02:00"),
        ("2026-03-08T02:00", "2026-03-09T09:00"),
        ("2026-03-27T09:30", "2026-03-27T10:00"),
        ("2026-03-28T23:00", "2026-03-29T02:00"),
        ("2026-03-29T12:00", "2026-03-30T09:00"),
    ],
)
def test_the_next_change_is_by_the_clock_on_the_wall(now: str, then: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=OFFICE.zone)
    found = next_change(OFFICE, at.astimezone(UTC))
    assert found is not None
    assert f"{found.astimezone(OFFICE.zone):%Y-%m-%dT%H:%M}" == then


def test_a_calendar_that_never_changes_has_no_next_change() -> None:
    always = Calendar(name="always", zone=OFFICE.zone, weekly=dict.fromkeys(range(7), (Hours(opens=0, closes=1440),)))
    assert next_change(always, datetime(2026, 3, 2, tzinfo=UTC)) is None
