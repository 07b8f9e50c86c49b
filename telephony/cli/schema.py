"""`ringside schema`: prints the JSON Schema of flow files, for the completion of editors."""

import argparse
import sys

from telephony.cli.output import FINDINGS, OK, complain
from telephony.ivr.schema import schema_text


def run(asked: argparse.Namespace) -> int:
    """Print the schema, or write it to a file."""
    text = schema_text()
    if asked.write is None:
        sys.stdout.write(text)
        return OK
    try:
        asked.write.write_text(text, encoding="utf-8")
    except OSError as refused:
        complain(f"{asked.write} cannot be written: {refused.strerror}; name a file in a folder that is yours")
        return FINDINGS
    return OK
