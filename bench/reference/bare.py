"""A bare server: one SQLite look-up for each ringing phone, and what it finds goes to the agent's socket."""

import json
import sqlite3
import sys

from bench import places
from bench.reference.ami import ringing
from bench.reference.sockets import Sockets, serve

FIND = (
    "SELECT c.id, c.name, c.language, c.facts FROM identities i JOIN customers c ON c.id = i.customer_id"
    " WHERE i.channel = 'phone' AND i.value = ?"
)


async def pop(sockets: Sockets) -> None:
    customers = sqlite3.connect(places.DATABASE)
    async for phone, number, _ in ringing(sys.argv[1]):
        customer = customers.execute(FIND, (number,)).fetchone()
        if socket := sockets.get(phone):
            await socket.send_str(json.dumps({"type": "call", "number": number, "customer": customer}))


if __name__ == "__main__":
    serve(pop)
