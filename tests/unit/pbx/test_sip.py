"""The scenarios that SIPp plays."""

import struct
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT / "scripts"))

from pbx import sip  # noqa: E402
from pbx.sip import Press, UntilBye, Wait  # noqa: E402

KEYS = "0123456789*#"
HEADERS = 16 + 14 + 20 + 8
"""Of pcap, Ethernet, IP and UDP, before each RTP packet."""


def scenario(folder: Path, *steps: sip.Step) -> str:
    return sip.caller(folder, to="100", number="200", steps=steps)


def pressed(capture: Path) -> list[tuple[int, int, str]]:
    """Return each packet of keys: its sequence number, its event's timestamp, and the key."""
    data, at, found = capture.read_bytes(), 24, []
    while at < len(data):
        (length,) = struct.unpack_from("<8xI", data, at)
        rtp = at + HEADERS
        sequence, stamp, event = struct.unpack_from(">2xHI4xB", data, rtp)
        found.append((sequence, stamp, KEYS[event]))
        at += 16 + length
    return found


def test_keys_in_a_row_are_one_capture_for_the_next_one_would_cut_off_what_is_still_played(tmp_path: Path) -> None:
    text = scenario(tmp_path, Press("2"), Press("2"), Press("0"), UntilBye())
    [capture] = tmp_path.glob("keys*.pcap")
    assert text.count(str(capture)) == 1
    packets = pressed(capture)
    by_event = dict.fromkeys((stamp, key) for _, stamp, key in packets)
    assert [key for _, key in by_event] == ["2", "2", "0"]
    sequence = [number for number, *_ in packets]
    assert sequence == list(range(sequence[0], sequence[0] + len(packets)))


def test_a_step_between_keys_keeps_them_apart(tmp_path: Path) -> None:
    scenario(tmp_path, Press("2"), Wait(1), Press("2"), Press("1", by_info=True), UntilBye())
    assert len(list(tmp_path.glob("keys*.pcap"))) == 2
