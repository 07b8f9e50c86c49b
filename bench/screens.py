"""A thousand agents' browsers, as far as the server can tell: `python -m bench.screens`.

Says `connected` when all are, then notes when each caller's number first came to any of them. Prints one JSON object
when its standard input is closed.
"""

import argparse
import asyncio
import json
import re
import sys
import time

import aiohttp
import uvloop

from bench import places

NUMBER = re.compile(r"\+35988\d{7}")
AT_ONCE = 50


class Screens:
    """The sockets, and what came."""

    def __init__(self, url: str, state: str) -> None:
        self._url = url
        self._state = state
        self.seen_ns: dict[str, int] = {}
        self.messages = 0
        self.lost = 0

    async def follow(self, session: aiohttp.ClientSession, agent: int, connected: asyncio.Event) -> None:
        """Follow one agent's events until cancelled."""
        headers = {"Cookie": f"ringside={places.token_of(agent)}", "Origin": self._url}
        url = f"{self._url}/ws/agent?name={places.agent_name(agent)}"
        async with session.ws_connect(url, headers=headers, compress=0) as socket:
            if self._state:
                await socket.send_str(json.dumps({"type": "state", "value": self._state}))
            connected.set()
            async for message in socket:
                at_ns = time.time_ns()
                self.messages += 1
                found = NUMBER.search(message.data) if _is_news(message) else None
                if found:
                    self.seen_ns.setdefault(found[0], at_ns)
            self.lost += 1


def _is_news(message: aiohttp.WSMessage) -> bool:
    """Tell an event from the snapshot, which also tells of calls that are over."""
    return message.type is aiohttp.WSMsgType.TEXT and '"snapshot"' not in message.data[:60]


async def watch(asked: argparse.Namespace) -> None:
    screens = Screens(f"http://{places.HOST}:{asked.port}", asked.state)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        tasks = []
        for first in range(0, asked.agents, AT_ONCE):
            here = [(i, asyncio.Event()) for i in range(first, min(first + AT_ONCE, asked.agents))]
            tasks += [asyncio.create_task(screens.follow(session, i, ready), name=f"agent {i}") for i, ready in here]
            async with asyncio.timeout(30):
                await asyncio.gather(*(ready.wait() for _, ready in here))
        print("connected", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    print(json.dumps({"seen_ns": screens.seen_ns, "messages": screens.messages, "lost": screens.lost}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--agents", type=int, default=places.AGENTS)
    parser.add_argument("--state", default="ready", help="what each agent chooses; empty to choose nothing")
    uvloop.run(watch(parser.parse_args()))


if __name__ == "__main__":
    main()
