"""What was logged, as tests look at it: the fields stand beside the text and are not in `caplog.text`."""

import pytest


def actions(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what our own lines are about, in their order."""
    return [record.__dict__.get("action", "") for record in caplog.records if record.name.startswith("telephony")]


def all_logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return every text that was logged, by whomever, in lines, fields and tracebacks."""
    fields = (value for record in caplog.records for value in vars(record).values())
    return "\n".join([caplog.text, *(value for value in fields if isinstance(value, str))])
