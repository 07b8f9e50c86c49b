"""Makes the prompts that are missing when a version is taken, so that no caller waits for one."""

import asyncio
import logging

from telephony.speech.programs import SpeechError
from telephony.speech.prompts import PromptStore

logger = logging.getLogger(__name__)


async def render_missing(prompts: PromptStore) -> None:
    """Render what is not there yet; what cannot be made is told, and serving goes on."""
    for prompt in await asyncio.to_thread(prompts.lost):
        extra = {"action": "recording_lost", "language": prompt.language, "text": prompt.text_id}
        logger.error("a recording of a published version is gone; its text is spoken instead", extra=extra)
    try:
        rendering = await prompts.render()
    except SpeechError as error:
        await asyncio.to_thread(prompts.load)
        logger.error("prompts were not rendered", extra={"action": "prompts_missing", "error": str(error)})
        return
    for failed in rendering.failed:
        logger.error("a prompt was not rendered", extra={"action": "prompt_missing", "error": failed})
