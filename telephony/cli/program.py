"""Runs one command: the one place where errors become words and exit codes."""

import importlib
import os
import sys
from collections.abc import Sequence

from telephony.cli.arguments import parser
from telephony.cli.output import FINDINGS, complain
from telephony.errors import RingsideError

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 all is well, 1 something was found, 2 wrong use."""
    asked = parser().parse_args(arguments)
    try:
        # Only the command that runs is imported: `--help` and the light ones answer at once.
        code: int = importlib.import_module(asked.work).run(asked)
        sys.stdout.flush()
    except RingsideError as error:
        complain(str(error))
        return FINDINGS
    except BrokenPipeError:
        # The reader, e.g. `head`, has seen enough; without this Python complains once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINDINGS
    except KeyboardInterrupt:
        return INTERRUPTED
    return code
