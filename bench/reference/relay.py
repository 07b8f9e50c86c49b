"""A raw relay: the AMI event of a ringing phone goes to its agent's socket as it is."""

import sys

from bench.reference.ami import ringing
from bench.reference.sockets import Sockets, serve


async def relay(sockets: Sockets) -> None:
    async for phone, _, event in ringing(sys.argv[1]):
        if socket := sockets.get(phone):
            await socket.send_str(event.decode(errors="replace"))


if __name__ == "__main__":
    serve(relay)
