"""`ringside serve`: runs the server until it is told to stop."""

import argparse
import contextlib
import errno
import os

import uvloop

from telephony.app import serve
from telephony.cli.output import OK
from telephony.errors import RingsideError
from telephony.observe.logs import set_up
from telephony.settings import load_settings

CANNOT_LISTEN = {
    errno.EADDRINUSE: "does Ringside run already? Else choose another server.listen_port or carriers.asterisk.agi_port",
    errno.EADDRNOTAVAIL: "correct server.listen_host or carriers.asterisk.agi_host: this machine has no such address",
    errno.EACCES: "ports below 1024 need a right of their own: choose others, and put a proxy before them",
}


def run(asked: argparse.Namespace) -> int:
    """Run the server."""
    configured = load_settings(asked.config)
    set_up(configured.settings.log.level, configured.settings.log.format)
    take_priority(configured.settings.server.nice)
    try:
        uvloop.run(serve(configured))
    except OSError as error:
        mend = CANNOT_LISTEN.get(error.errno or 0)
        if mend is None:
            raise
        raise RingsideError(f"the server cannot start: {error.strerror}; {mend}") from error
    return OK


def take_priority(nice: int) -> None:
    """Ask for a higher priority: a few milliseconds of ours are waited for, unlike most of what a server does.

    It is this thread's alone, the event loop's: threads and programs that begin later (the database's, passwords, the
    rendering of prompts) have the usual one.
    """
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, 0, min(nice, os.getpriority(os.PRIO_PROCESS, 0)))
