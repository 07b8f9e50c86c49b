"""Callers on a real Asterisk whom their agent sends on from the desk, or a supervisor moves: it stays one call."""

import contextlib
import json
import sqlite3

import pytest

from tests.integration.ringside import AgentPage, Server, agent_page
from tests.integration.sipp import Phone, Sipp
from tests.waiting import until

pytestmark = pytest.mark.integration

EMMA = "+447700900104"


async def test_a_caller_is_transferred_from_the_desk_to_a_colleague(server: Server, sipp: Sipp) -> None:
    async with (
        sipp.phone("111", Phone(ring_s=1)),
        sipp.phone("112", Phone(ring_s=1)),
        agent_page(server, "petra") as petra,
        agent_page(server, "paul") as paul,
    ):
        await petra.is_ready_for_calls()
        caller = await sipp.calls_sales(EMMA, stays_s=14)
        first = await petra.sees("call", phase="talking")
        assert await petra.asks(first["call_id"], "transfer", agent="paul") == 409  # is offline
        await paul.is_ready_for_calls()
        assert await paul.asks(first["call_id"], "transfer", agent="paul") == 403
        assert await petra.asks(first["call_id"], "transfer", agent="paul") == 204
        await petra.sees("state", value="wrap_up")
        second = await paul.sees("call", phase="ringing")
        assert second["why"] == "transferred by Petra; Paul was asked for"
        assert (second["answers"], second["record"]["customer"]["id"]) == (  # type: ignore[index]
            first["answers"],
            first["record"]["customer"]["id"],  # type: ignore[index]
        )
        await paul.sees("call", phase="talking")
        await caller.ended()
        await paul.sees("call", phase="wrap_up")
        entry = await server.entry(EMMA)
        assert (entry["disposition"], json.loads(entry["agents"])) == ("answered", ["petra", "paul"])  # type: ignore[arg-type]
        assert "transferred to Paul" in str(entry["summary"])
        assert str(entry["summary"]).endswith("with Petra, then Paul, caller hung up")
        assert len(json.loads(entry["legs"])) == 3  # type: ignore[arg-type]
        assert ("transfer", "to_agent", "paul") in server.steps(entry["id"])
        assert len(server.entries_of(EMMA)) == 1
        assert await server.live_calls() == 0


async def test_a_caller_whom_the_colleague_does_not_take_comes_back(server: Server, sipp: Sipp) -> None:
    async with (
        sipp.phone("111", Phone(ring_s=1), times=2),
        sipp.phone("112", Phone(answer=False)),
        agent_page(server, "petra") as petra,
        agent_page(server, "paul") as paul,
    ):
        await petra.is_ready_for_calls()
        caller = await sipp.calls_sales(EMMA, stays_s=20)
        first = await petra.sees("call", phase="talking")
        await paul.is_ready_for_calls()
        petra.events.clear()
        assert await petra.asks(first["call_id"], "transfer", agent="paul") == 204
        await paul.sees("call_gone", reason="not_answered")
        again = await petra.sees("call", phase="talking")
        assert "Petra transferred this call, and nobody took it" in str(again["why"])
        await caller.ended()
        entry = await server.entry(EMMA)
        assert json.loads(entry["agents"]) == ["petra"]  # type: ignore[arg-type]
        assert "came back to Petra" in str(entry["summary"])


async def test_a_waiting_caller_is_moved_into_another_line(server: Server, sipp: Sipp) -> None:
    async with sipp.phone("111", Phone(ring_s=1)), agent_page(server, "petra") as petra:
        await petra.is_ready_for_calls()
        await petra.is_away()
        caller = await sipp.calls_sales(EMMA, stays_s=20)
        await petra.sees("queues")
        await until(lambda: any(queue["waiting"] for queue in _last_line(petra)))
        call_id = await until(lambda: waiting_call(server))
        await petra.asks_as("boris")
        assert await petra.asks(call_id, "move", queue="service") == 204
        await until(lambda: {queue["name"]: queue["waiting"] for queue in _last_line(petra)}.get("service") == 1)
        petra.events.clear()
        await petra.sends(type="state", value="ready")
        card = await petra.sees("call", phase="ringing")
        assert (card["queue"], str(card["why"]).partition(";")[0]) == ("service", "moved here by Boris Dimitrov")
        await caller.ended()
        entry = await server.entry(EMMA)
        assert (entry["queue"], json.loads(entry["agents"])) == ("service", ["petra"])  # type: ignore[arg-type]


def waiting_call(server: Server) -> object:
    """Return the call that has entered a line, straight from the journal."""
    with contextlib.closing(sqlite3.connect(server.database)) as connection:
        found = connection.execute("SELECT call_id FROM steps WHERE kind = 'queue' AND event = 'entered'").fetchone()
    return found and found[0]


def _last_line(page: AgentPage) -> list[dict[str, object]]:
    return [event for event in page.events if event["type"] == "queues"][-1]["queues"]  # type: ignore[return-value]
