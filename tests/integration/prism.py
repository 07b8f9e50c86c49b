"""Prism before a provider: it answers by an error what does not fit Twilio's document, on either side."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from stages import prism

from tests.integration.twilio_document import cut_of, document, mended

START_LIMIT_S = 60.0
STOP_LIMIT_S = 10.0
_LISTENS = re.compile(r"Prism is listening on (http://127\.0\.0\.1:\d+)")


@contextmanager
def prism_before(upstream: str, folder: Path) -> Iterator[str]:
    """Run Prism before the provider at this address, which need not listen yet; gives the address to ask instead."""
    if not prism.is_here():
        pytest.fail("Prism is missing, or not as tests/prism/package-lock.json says: run scripts/prism")
    written, log = folder / "twilio.json", folder / "prism.log"
    written.write_text(json.dumps(mended(cut_of(document()))), "utf-8")
    with log.open("wb") as out:
        process = subprocess.Popen(
            prism.command(written, upstream), stdout=out, stderr=subprocess.STDOUT, env=prism.environment()
        )
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_LIMIT_S)


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    until = time.monotonic() + START_LIMIT_S
    while time.monotonic() < until and process.poll() is None:
        said = log.read_text("utf-8", errors="replace")
        if found := _LISTENS.search(said):
            return found[1]
        time.sleep(0.05)
    pytest.fail(f"Prism does not start:\n{log.read_text('utf-8', errors='replace')[-2000:]}")
