"""Commands on a folder of flows, as tests run them."""

from collections.abc import Callable
from typing import Any

from telephony.speech.programs import SpeechError
from telephony.speech.prompts import PromptStore, Rendering

SETTINGS = """
[server]
data_dir = "data"
[ivr]
flows_dir = "flows"
[queues.sales]
[queues.operator]
"""

Ringside = Callable[..., int]
Told = Callable[..., Any]


class EverythingSounds(PromptStore):
    async def render(self, progress: object = None) -> Rendering:
        return Rendering(made=0, kept=0, failed=())

    def load(self) -> tuple[Any, ...]:
        return ()


class NothingSounds(PromptStore):
    async def render(self, progress: object = None) -> Rendering:
        raise SpeechError("espeak-ng is not installed: apt-get install espeak-ng")
