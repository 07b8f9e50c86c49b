"""Hears all events and does nothing: what native calls are measured with, so that only the control of calls differs."""

import asyncio
import sys

from bench.reference.ami import listen_only

if __name__ == "__main__":
    asyncio.run(listen_only(sys.argv[1]))
