"""Captures that SIPp plays: keys by RFC 4733, silence and speech, as pcap files."""

import math
import struct
from collections.abc import Iterable
from pathlib import Path

KEYS = "0123456789*#"
SSRC = 0x11223344
PACKET_S = 0.02


def write_key(path: Path, key: str, position: int) -> None:
    """Write 100 ms of one key; `position` differs from press to press, or a repeated key counts as one."""
    event, stamp, seq = KEYS.index(key), 160_000 * position, 1000 * position
    held = [
        (1 + i * PACKET_S, _rtp(101, i == 0, seq + i, stamp, struct.pack(">BBH", event, 0x0A, 160 * (i + 1))))
        for i in range(5)
    ]
    # The end is sent three times, as the RFC asks, since any one packet may be lost.
    end = [(1.1, _rtp(101, False, seq + 5 + i, stamp, struct.pack(">BBH", event, 0x8A, 960))) for i in range(3)]
    _pcap(path, held + end)


def write_silence(path: Path, packets: int = 2) -> None:
    """Write silence; two packets are what Asterisk's Answer() waits for."""
    _pcap(path, ((1 + i * PACKET_S, _rtp(0, False, 1 + i, 160 * (1 + i), b"\xff" * 160)) for i in range(packets)))


def write_speech(path: Path, seconds: float) -> None:
    """Write a 400 Hz tone in mu-law, loud enough for a recorder's silence detection."""
    wave = bytes(_ulaw(int(8000 * math.sin(2 * math.pi * 400 * i / 8000))) for i in range(160))
    count = int(seconds / PACKET_S)
    _pcap(path, ((1 + i * PACKET_S, _rtp(0, i == 0, 5000 + i, 2_000_000 + 160 * i, wave)) for i in range(count)))


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
            file.write(struct.pack("<IIII", int(at), round(at % 1 * 1e6), len(frame), len(frame)) + frame)


def _ulaw(sample: int) -> int:
    """Encode one 16-bit sample as ITU-T G.711 mu-law."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0F)) & 0xFF
