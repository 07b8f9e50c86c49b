"""The priority that the server asks the system for."""

import subprocess
import sys

SCRIPT = """
import os, subprocess, sys, threading
from telephony.cli.serve import take_priority

def mine():
    return os.getpriority(os.PRIO_PROCESS, 0)

usual = mine()
try:
    os.setpriority(os.PRIO_PROCESS, 0, -1)
    os.setpriority(os.PRIO_PROCESS, 0, usual)
    wanted = -5
except PermissionError:
    wanted = usual
take_priority(-5)
found = []
thread = threading.Thread(target=lambda: found.append(mine()))
thread.start()
thread.join()
program = subprocess.run(["nice"], capture_output=True, text=True, check=True)
print(usual, wanted, mine(), found[0], int(program.stdout))
"""


def test_the_event_loop_alone_has_the_priority_that_is_allowed() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    usual, wanted, loop, thread, program = (int(word) for word in told.stdout.split())
    assert loop == wanted
    assert (thread, program) == (usual, usual)
