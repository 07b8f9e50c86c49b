"""Moving and transferring live calls over HTTP."""

import pytest

from telephony.journey.moves import Asker, MoveRefusedError, Refusal
from telephony.journey.sent import ToAgent, ToNumber, ToQueue
from tests.unit.web.company import IVAN, MARIA

AS_MARIA = Asker(name="Maria Petrova", agent=MARIA, supervises=False)
CALL = "/api/v1/calls/c1"


@pytest.mark.parametrize(
    ("body", "to"),
    [
        ({"queue": "sales"}, ToQueue(queue="sales")),
        ({"agent": "ivan"}, ToAgent(agent=IVAN)),
        ({"number": "+359888123456"}, ToNumber(number="+359888123456")),
    ],
)
async def test_an_agent_transfers_to_a_queue_a_colleague_or_a_number(company, maria, body, to):
    async with maria.post(f"{CALL}/transfer", json=body) as answer:
        assert answer.status == 204
    assert company.moves.said == [("transfer", AS_MARIA, "c1", to)]


@pytest.mark.parametrize(
    ("body", "to", "carrier"),
    [
        ({"queue": "sales"}, ToQueue(queue="sales"), ""),
        ({"agent": "ivan", "carrier": "twilio"}, ToAgent(agent=IVAN), "twilio"),
        ({"carrier": "asterisk"}, None, "asterisk"),
    ],
)
async def test_a_supervisor_moves_to_a_queue_an_agent_or_a_carrier(company, body, to, carrier):
    async with company.visits("boss") as boss, boss.post(f"{CALL}/move", json=body) as answer:
        assert answer.status == 204
    asker = Asker(name="Olga Boss", agent=None, supervises=True)
    assert company.moves.said == [("move", asker, "c1", to, carrier)]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("transfer", {}),
        ("transfer", {"queue": "sales", "agent": "ivan"}),
        ("transfer", {"number": "0888123456"}),
        ("transfer", {"number": "+359888123456&x"}),
        ("transfer", {"queue": ""}),
        ("move", {}),
        ("move", {"queue": "sales", "agent": "ivan"}),
        ("move", {"carrier": "moon"}),
        ("move", {"number": "+359888123456"}),
    ],
)
async def test_what_names_no_one_place_is_refused(company, maria, path, body):
    async with maria.post(f"{CALL}/{path}", json=body) as answer:
        assert answer.status == 422
        assert (await answer.json())["what_to_do"]
    assert company.moves.said == []


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Refusal.UNKNOWN_CALL, 404),
        (Refusal.NOT_YOURS, 403),
        (Refusal.UNKNOWN_PLACE, 422),
        (Refusal.NOT_NOW, 409),
        (Refusal.UNAVAILABLE, 503),
        (Refusal.UNKNOWN_OUTCOME, 504),
    ],
)
async def test_a_refusal_says_why_and_what_to_do(company, maria, kind, status):
    company.moves.refuses = MoveRefusedError(kind, "It cannot be", "Do this instead.")
    told = []
    for path, body in (("transfer", {"queue": "sales"}), ("move", {"queue": "sales"})):
        async with maria.post(f"{CALL}/{path}", json=body) as answer:
            told.append((answer.status, await answer.json()))
    async with maria.get(f"{CALL}/places") as answer:
        told.append((answer.status, await answer.json()))
    assert {code for code, _ in told} == {status}
    assert {(problem["title"], problem["what_to_do"]) for _, problem in told} == {("It cannot be", "Do this instead.")}


async def test_places_are_told_with_their_states(maria):
    async with maria.get(f"{CALL}/places") as answer:
        assert await answer.json() == {
            "queues": [{"name": "sales", "waiting": 2, "ready": 1}],
            "agents": [{"id": "ivan", "name": "Ivan Ivanov", "state": "ready", "free": True}],
        }


@pytest.mark.parametrize("path", ["move", "transfer"])
async def test_who_is_not_logged_in_sends_nobody_anywhere(company, path):
    async with company.visits() as stranger, stranger.post(f"{CALL}/{path}", json={"queue": "sales"}) as answer:
        assert answer.status == 401
    assert company.moves.said == []
