"""The callers of the bench: two keys and a goodbye from the other side, the same for every server under test."""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "scripts"))

from pbx import sip  # noqa: E402

NATIVE = "native"
"""The number that the dialplan alone answers, see native/extensions-local.conf."""
TEMPLATES = PROJECT / "bench/native"
"""To be given to `scripts/asterisk start --also`."""
MANY_RTP_PORTS = ("--set", "RTP_START=16000", "--set", "RTP_END=31999")
"""For `scripts/asterisk start` too: a call takes two ports, and a call without one is refused with 488."""
KEYS = ("1", "2")
PROMPT_S = 0.3
THINKING_S = 0.4


def menu_caller(folder: Path, to: str, number: str = "+35988800[call_number]") -> str:
    """Return a SIPp scenario: presses each key after the prompt and some thought, then must be hung up."""
    pressed = [step for key in KEYS for step in (sip.Wait(PROMPT_S + THINKING_S), sip.Press(key))]
    return sip.caller(folder, to=to, number=number, steps=(*pressed, sip.UntilBye(10)))


def waiting_caller(folder: Path, to: str, for_s: float, number: str = "+35988800[call_number]") -> str:
    """Return a SIPp scenario of one who presses the first key and then waits in the line, to weigh a waiting call."""
    steps = (sip.Wait(PROMPT_S + THINKING_S), sip.Press(KEYS[0]), sip.Wait(for_s), sip.HangUp())
    return sip.caller(folder, to=to, number=number, steps=steps)
