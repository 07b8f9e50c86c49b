"""The command line: `ringside COMMAND`. Start reading in `program`."""

from telephony.cli.program import main

__all__ = ["main"]
