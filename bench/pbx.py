"""The Asterisk of the bench: the project's own configuration, with a menu in the dialplan and a thousand phones."""

import shutil
import wave
from math import pi, sin
from pathlib import Path

from bench import places

# isort: split
from pbx import instance
from pbx import places as asterisks
from pbx.defaults import DEFAULTS

FOLDER = places.STATE / "asterisk"
SECRETS = places.STATE / "secrets.env"
CEL_FILE = FOLDER / "log/cel-custom/Master.csv"
PROMPT_S = 0.3

PHONES = """
[bench-phone](!)
type = endpoint
transport = transport-udp
context = ringside-phones
disallow = all
allow = ulaw
direct_media = no

[bench-place](!)
type = aor
""" + "".join(
    f"[{phone}](bench-phone)\naors = {phone}\n"
    f"[{phone}](bench-place)\ncontact = sip:{phone}@{places.HOST}:{places.PHONES_PORT}\n"
    for phone in range(places.FIRST_EXTENSION, places.FIRST_EXTENSION + places.AGENTS)
)


class NoAsteriskHereError(Exception):
    """There is no Asterisk on this machine; the text says how to have one."""


class Pbx:
    """One Asterisk, started and stopped at will."""

    def __init__(self) -> None:
        found = asterisks.find(places.PROJECT)
        if found is None:
            raise NoAsteriskHereError("no Asterisk here: scripts/asterisk install")
        self._asterisk = found
        self.version = found.version.partition("+")[0]

    @property
    def pid(self) -> int:
        """Its process."""
        number = instance.pid(FOLDER)
        assert number is not None, "Asterisk is gone: see " + str(FOLDER / "log")
        return number

    @property
    def secret(self) -> str:
        """The secret of the manager user `ringside`."""
        lines = SECRETS.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)["RINGSIDE_AMI_SECRET"]

    def start(self) -> None:
        """Start afresh, with an empty ledger file."""
        instance.stop(FOLDER)
        CEL_FILE.unlink(missing_ok=True)
        write_tone(places.PROMPT.with_suffix(".wav"), PROMPT_S)
        templates = _templates()
        ports = {
            "AMI_PORT": places.AMI_PORT, "SIP_PORT": places.SIP_PORT, "HTTP_PORT": places.AMI_PORT + 50,
            "AGI_PORT": places.AGI_PORT, "TRUNK_PORT": places.PHONES_PORT + 1,
            # A call takes two ports, and a call without one is refused.
            "RTP_START": 36000, "RTP_END": 47999,
            "BENCH_PROMPT": places.PROMPT,
        }  # fmt: skip
        wanted = instance.Wanted(
            folder=FOLDER,
            templates=(places.PROJECT / "config/asterisk", templates),
            secrets=SECRETS,
            values=DEFAULTS | {name: str(value) for name, value in ports.items()},
        )
        instance.check_ports(wanted)
        instance.render(self._asterisk, wanted)
        instance.start(self._asterisk, FOLDER)

    def stop(self) -> None:
        """End it."""
        instance.stop(FOLDER)

    def ask(self, line: str) -> str:
        """Return what its command line says."""
        return instance.rx(self._asterisk, FOLDER, line)

    def ledger(self, on: bool) -> None:
        """Switch its call event log on or off, to weigh what that costs."""
        file = FOLDER / "etc/cel.conf"
        file.write_text(
            file.read_text().replace("enable = " + ("no" if on else "yes"), "enable = " + ("yes" if on else "no"))
        )
        self.ask("module reload cel")

    def channels(self) -> int:
        """Return how many channels there are now."""
        words = self.ask("core show channels count").split()
        return int(words[0]) if words else 0


def write_tone(path: Path, seconds: float) -> None:
    """Write a soft tone as Asterisk plays it: 8 kHz, mono, 16 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = (int(6000 * sin(2 * pi * 440 * i / 8000)) for i in range(int(8000 * seconds)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))


def _templates() -> Path:
    """Return a folder with the bench's own templates."""
    folder = places.STATE / "templates"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(places.HERE / "asterisk", folder)
    usual = (places.PROJECT / "config/asterisk/pjsip.conf").read_text()
    (folder / "pjsip.conf").write_text(usual + PHONES)
    return folder
