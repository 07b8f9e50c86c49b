"""Flows that change while callers are in them, and keys that are faster than prompts, on a real Asterisk."""

import asyncio
import json
import os
import re
import sqlite3
import sys
import wave
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from telephony.calls.model import CustomerId
from telephony.store.database import Database
from telephony.store.pins import hash_pin, set_pin
from tests.integration.asterisk import AsteriskInstance
from tests.integration.ringside import PROJECT, Server, serving
from tests.integration.sipp import Phone, Press, Sipp, UntilBye, Wait
from tests.waiting import until

pytestmark = pytest.mark.integration

EMMA, THOMAS = "+447700900104", "+4915112340007"
PETER, NUMBER, PIN = CustomerId("c-1007"), "731004", "4826"
NOTHING_ASKED_S = 14.0
"""The notice and the goodbye take nine seconds, each question would take as long again."""
LOUD = 500
"""Of 32768: speech is far above it, and the hiss of a telephone line far below."""

ASKS = """
flow: {name}
languages: [en]
start: ask
no_keys: line
nodes:
  ask: {{type: menu, say: ask, first_key_s: 30, keys: {{1: told}}}}
  told: {{type: play, say: {told}, outcome: {told}, to: bye}}
  line: {{type: queue, queue: sales, otherwise: message}}
  message: {{type: voicemail, mailbox: sales, to: bye}}
  bye: {{type: hangup, say: goodbye}}
"""
TYPES = """
flow: main
languages: [en]
start: notice
no_keys: line
nodes:
  notice: {type: play, say: notice, barge_in: false, to: order}
  order:
    type: collect
    say: long_question
    min_digits: 3
    max_digits: 4
    save_as: order
    confirm: {say: [long_question, {digits: answers.order}]}
    to: who
  who:
    type: identify
    number: {say: long_question, min_digits: 6, max_digits: 6}
    pin: {say: long_question, min_digits: 4, max_digits: 4}
    to: bye
    otherwise: line
  line: {type: queue, queue: sales, otherwise: message}
  message: {type: voicemail, mailbox: sales, to: bye}
  bye: {type: hangup, say: goodbye}
"""
TEXTS = """
ask: To hear what we charge, press 1.
winter_prices: In winter a repair costs ten pounds, and you may wait for it.
summer_prices: In summer a repair costs twelve pounds, and you may wait for it.
notice: >
  Calls to this number are recorded, so that we may learn from them. If you do not want that, please tell our colleague.
long_question: >
  Please type what is written on the paper before you, at the top on the right, beside the date, and then press hash.
  If you have no such paper, please stay on the line, and one of our colleagues will be with you as soon as they can.
"""


@asynccontextmanager
async def house(asterisk: AsteriskInstance, folder: Path, **flows: str) -> AsyncIterator[Server]:
    """Have a server of these flows."""
    files = folder / "flows"
    (files / "prompts").mkdir(parents=True)
    common = (PROJECT / "ivr_flows/prompts/en.yaml").read_text(encoding="utf-8")
    (files / "prompts/en.yaml").write_text(common + TEXTS, encoding="utf-8")
    for name, flow in flows.items():
        (files / f"{name}.yaml").write_text(flow)
    environment = {
        "RINGSIDE__IVR__FLOWS_DIR": str(files),
        "RINGSIDE__IVR__DEFAULT_FLOW": "main",
        "RINGSIDE__IVR__NUMBERS": "{}",
        "RINGSIDE__COMPANY__LANGUAGES": '["en"]',
    }
    async with serving(asterisk, folder, environment) as server:
        yield server


async def ringside(server: Server, *arguments: str) -> dict[str, object]:
    """Run a command beside the server, as its operator does, and return its JSON."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "telephony", *arguments, "--json",
        cwd=PROJECT, env=os.environ | server._environment(), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        told, _ = await process.communicate()
    assert process.returncode == 0, told
    answer: dict[str, object] = json.loads(told)
    return answer


async def listens(asterisk: AsteriskInstance, file: Path) -> None:
    """Record from now on what the one caller there is hears; they are silent themselves."""

    async def channel() -> str:
        shown = await asyncio.to_thread(asterisk.rx, "core show channels concise")
        return next((line.split("!")[0] for line in shown.splitlines() if line.startswith("PJSIP/trunk")), "")

    await asyncio.to_thread(asterisk.rx, f"mixmonitor start {await until(channel)} {file}")


def heard_s(file: Path) -> float:
    """Return for how many seconds something could be heard."""
    with wave.open(str(file)) as sound:
        samples, tenth = array("h", sound.readframes(sound.getnframes())), sound.getframerate() // 10
    parts = (samples[at : at + tenth] for at in range(0, len(samples), tenth))
    return sum(max(map(abs, part)) > LOUD for part in parts) / 10


def rows(server: Server, query: str, *values: object) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(server.database)) as connection:
        return connection.execute(query, values).fetchall()


def is_somebody_in(server: Server, flow: str) -> bool:
    return bool(rows(server, "SELECT 1 FROM steps WHERE flow LIKE ? LIMIT 1", f"{flow}@%"))


async def story(server: Server, caller: str) -> tuple[set[str], list[tuple[str, ...]]]:
    """Return the versions, as `flow@digest`, that a finished call was in, and what it came by: node, event, value."""
    entry = await server.entry(caller)
    steps = rows(server, "SELECT flow, node, event, value FROM steps WHERE call_id = ? ORDER BY seq", entry["id"])
    return {step[0] for step in steps}, [step[1:] for step in steps if step[1]]


async def test_a_caller_in_a_flow_that_is_withdrawn_goes_on_to_its_end_and_the_next_one_reaches_a_person(
    asterisk: AsteriskInstance, sipp: Sipp, tmp_path: Path
) -> None:
    flows = {name: ASKS.format(name=name, told="winter_prices") for name in ("main", "sale")}
    async with house(asterisk, tmp_path, **flows) as server:
        asterisk.rx("dialplan set global RINGSIDE_FLOW sale")
        try:
            before = await sipp.call(Wait(14), Press("1"), UntilBye(30), number=EMMA)
            await until(lambda: is_somebody_in(server, "sale"))
            assert await ringside(server, "flows", "withdraw", "sale") == {"flow": "sale", "from": 1, "to": None}
            await server.logged("flow_withdrawn")
            await listens(asterisk, tmp_path / "before.wav")
            assert not server.seen(EMMA), "the key was pressed before the flow was withdrawn"
            await before.ended()
            async with sipp.phone("111", Phone(ring_s=3, hang_up_after_s=0.5)) as phone:
                after = await sipp.call(UntilBye(30), number=THOMAS)
                await listens(asterisk, tmp_path / "after.wav")
                await phone.ended(30)
                await after.ended(30)
        finally:
            asterisk.rx('dialplan set global RINGSIDE_FLOW ""')
        (version,), steps = await story(server, EMMA)
        assert version.startswith("sale@")
        assert ("ask", "keys", "1") in steps
        assert steps[-1] == ("bye", "ended", "")
        assert heard_s(tmp_path / "before.wav") > 3, "the price and the goodbye"
        await server.logged("unknown_flow")
        assert (await server.entry(THOMAS))["disposition"] == "answered"
        assert heard_s(tmp_path / "after.wav") > 2, "that a person is sought"


async def test_a_call_ends_in_the_version_it_began_in_and_the_next_one_is_in_the_version_published_meanwhile(
    asterisk: AsteriskInstance, sipp: Sipp, tmp_path: Path
) -> None:
    async with house(asterisk, tmp_path, main=ASKS.format(name="main", told="winter_prices")) as server:
        before = await sipp.call(Wait(14), Press("1"), UntilBye(30), number=EMMA)
        await until(lambda: is_somebody_in(server, "main"))
        (tmp_path / "flows/main.yaml").write_text(ASKS.format(name="main", told="summer_prices"))
        published = (await ringside(server, "flows", "publish", "main"))["published"]
        assert [each["version"] for each in published] == [2]
        await until(lambda: any(line.get("version") == 2 for line in server.log if line["action"] == "flow_in_force"))
        await listens(asterisk, tmp_path / "before.wav")
        assert not server.seen(EMMA), "the key was pressed before the version was published"
        await before.ended()
        after = await sipp.call(Wait(2), Press("1"), UntilBye(30), number=THOMAS)
        await after.ended()
        old, new = await story(server, EMMA), await story(server, THOMAS)
        versions = (await ringside(server, "flows", "versions", "main"))["versions"]
        digests = {each["version"]: f"main@{each['digest']}" for each in versions}
        assert (old[0], new[0]) == ({digests[1]}, {digests[2]})
        assert ("told", "outcome", "winter_prices") in old[1]
        assert ("told", "outcome", "summer_prices") in new[1]
        assert old[1][-1] == new[1][-1] == ("bye", "ended", "")
        assert heard_s(tmp_path / "before.wav") > 3


@pytest.mark.parametrize(
    ("typed", "by_info", "answered"),
    [
        ("208#1", True, [("order", "keys", "208")]),
        ("208#220711", False, [("order", "refused", ""), ("order", "keys", "2071")]),
    ],
)
async def test_keys_that_are_all_pressed_before_the_first_question_answer_each_question_in_its_order(
    asterisk: AsteriskInstance,
    sipp: Sipp,
    tmp_path: Path,
    typed: str,
    by_info: bool,
    answered: list[tuple[str, str, str]],
) -> None:
    async with house(asterisk, tmp_path, main=TYPES) as server:
        async with Database(f"sqlite:///{server.database}") as database:
            await set_pin(database, PETER, hash_pin(PIN), NUMBER)
        keys = [Press(key, by_info=by_info) for key in typed + NUMBER + PIN]
        caller = await sipp.call(*keys, UntilBye(30), number=EMMA)
        await caller.ended()
        entry = await server.entry(EMMA)
        _, steps = await story(server, EMMA)
        assert steps == [("notice", "played", ""), *answered, ("who", "found", PETER), ("bye", "ended", "")]
        assert (entry["ended_at"] - entry["at"]) / 1e6 < NOTHING_ASKED_S, "a question was heard"
        logged = json.dumps(server.log)
        assert re.search(rf"(?<!\d){PIN}(?!\d)|{NUMBER}{PIN}", logged) is None  # parts of moments may look like it
