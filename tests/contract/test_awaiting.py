"""How long the suite's questions wait: as long as keys may need, and for silence alone only a short time."""

import pytest

from telephony.calls.commands import Ask
from tests.contract.run import SILENCE_S, awaiting
from tests.waiting import PATIENCE_S

MENU = Ask(prompts=())
NUMBER = Ask(prompts=(), max_digits=4, terminator="#")
CODE = Ask(prompts=(), max_digits=4)


@pytest.mark.parametrize(
    ("asked", "keys", "first_s", "next_s"),
    [
        (MENU, "1", PATIENCE_S, PATIENCE_S),
        (NUMBER, "12#", PATIENCE_S, PATIENCE_S),
        (NUMBER, "1234", PATIENCE_S, PATIENCE_S),
        (CODE, "12", PATIENCE_S, SILENCE_S),
        (CODE, "", SILENCE_S, SILENCE_S),
        (CODE, None, PATIENCE_S, PATIENCE_S),
    ],
)
def test_only_silence_is_waited_for_shortly(asked: Ask, keys: str | None, first_s: float, next_s: float) -> None:
    waits = awaiting(asked, keys)
    assert (waits.first_digit_s, waits.next_digit_s) == (first_s, next_s)
