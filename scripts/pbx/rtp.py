"""Captures that SIPp plays: keys by RFC 4733, silence and speech, as pcap files."""

import math
import struct
from collections.abc import Iterable
from pathlib import Path

KEYS = "0123456789*#"
SSRC = 0x11223344
PACKET_S = 0.02
KEY_S = 0.2
"""From one key to the next."""


def write_keys(path: Path, keys: str, position: int) -> None:
    """Write 100 ms of each key, one every `KEY_S`.

    `position` differs from capture to capture of a call, or a repeated key counts as one.
    """
    packets: list[tuple[float, bytes]] = []
    for number, key in enumerate(keys):
        packets += _key(key, 1 + number * KEY_S, 1000 * position + len(packets), 160_000 * position + 1600 * number)
    _pcap(path, packets)


def write_silence(path: Path, packets: int = 2) -> None:
    """Write silence; two packets are what Asterisk's Answer() waits for."""
    _pcap(path, ((1 + i * PACKET_S, _rtp(0, False, 1 + i, 160 * (1 + i), b"\xff" * 160)) for i in range(packets)))


def write_speech(path: Path, seconds: float) -> None:
    """Write a 400 Hz tone in mu-law, loud enough for a recorder's silence detection."""
    wave = bytes(_ulaw(int(8000 * math.sin(2 * math.pi * 400 * i / 8000))) for i in range(160))
    count = int(seconds / PACKET_S)
    _pcap(path, ((1 + i * PACKET_S, _rtp(0, i == 0, 5000 + i, 2_000_000 + 160 * i, wave)) for i in range(count)))


def _key(key: str, at: float, seq: int, stamp: int) -> list[tuple[float, bytes]]:
    event = KEYS.index(key)
    held = [
        (at + i * PACKET_S, _rtp(101, i == 0, seq + i, stamp, struct.pack(">BBH", event, 0x0A, 160 * (i + 1))))
        for i in range(5)
    ]
    # The end is sent three times, as the RFC asks, since any one packet may be lost.
    end = [(at + 0.1, _rtp(101, False, seq + 5 + i, stamp, struct.pack(">BBH", event, 0x8A, 960))) for i in range(3)]
    return held + end


def _rtp(payload_type: int, marker: bool, seq: int, stamp: int, payload: bytes) -> bytes:
    return struct.pack(">BBHII", 0x80, payload_type | (marker << 7), seq, stamp, SSRC) + payload


def _pcap(path: Path, packets: Iterable[tuple[float, bytes]]) -> None:
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for at, data in packets:
            udp = struct.pack(">HHHH", 6000, 20000, 8 + len(data), 0) + data
            ip = (
                struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0x4000, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
                + udp
            )
            frame = b"\0" * 12 + b"\x08\0" + ip
            file.write(struct.pack("<IIII", *divmod(round(at * 1e6), 1_000_000), len(frame), len(frame)) + frame)


def _ulaw(sample: int) -> int:
    """Encode one 16-bit sample as ITU-T G.711 mu-law."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0F)) & 0xFF
