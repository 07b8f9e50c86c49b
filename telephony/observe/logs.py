"""Sets logging up once: fixed text, data in fields, people masked."""

import logging
import sys
from typing import Any, Literal, TextIO

import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import Processor

from telephony.observe.mask import mask_event

Format = Literal["auto", "json", "console"]
NOISY = {"aiohttp.access": logging.WARNING, "sqlalchemy": logging.WARNING, "alembic": logging.WARNING}


def set_up(level: str, form: Format, stream: TextIO | None = None) -> None:
    """Send every log line of this process to `stream` (stderr when None); replaces an earlier set-up.

    Fields given by `extra={...}` are kept; telephone numbers are masked in text and fields alike.
    """
    target = stream or sys.stderr
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        formatter(json_lines=form == "json" or (form == "auto" and not target.isatty()), stream=target)
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name, least in NOISY.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.captureWarnings(capture=True)


def formatter(*, json_lines: bool, stream: TextIO) -> logging.Formatter:
    """Return the formatter of one stream."""
    before: list[Processor] = [
        add_log_level,
        add_logger_name,
        ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if json_lines:
        last: list[Processor] = [structlog.processors.format_exc_info, mask_event, _as_json()]
    else:
        colors = stream.isatty()
        last = [structlog.processors.format_exc_info, mask_event, structlog.dev.ConsoleRenderer(colors=colors)]
    return ProcessorFormatter(foreign_pre_chain=before, processors=[ProcessorFormatter.remove_processors_meta, *last])


def _as_json() -> Processor:
    return structlog.processors.JSONRenderer(ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return str(value)
