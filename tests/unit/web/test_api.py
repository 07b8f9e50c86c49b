"""Customers, calls and recordings over HTTP."""

from dataclasses import replace
from decimal import Decimal

import pytest

from telephony.calls.costs import Cost, CostSource
from tests.unit.web.company import IVAN, MARIA, entry


async def test_a_customers_record_is_given_whole(maria):
    async with maria.get("/api/v1/customers/c-1") as answer:
        record = await answer.json()
    assert record["customer"]["facts"] == {"tier": "gold", "debt": 0, "vip": True}
    assert record["customer"]["identities"][1] == {"channel": "email", "value": "elena@example.com"}
    assert record["recent"][0]["at"] == "2026-11-19T12:00:00Z"


async def test_an_unknown_customer_is_a_404(maria):
    async with maria.get("/api/v1/customers/c-404") as answer:
        assert answer.status == 404


async def test_calls_come_page_by_page_newest_first(company, maria):
    company.history.entries = [entry(number) for number in range(1, 6)]
    async with maria.get("/api/v1/calls", params={"limit": 3}) as answer:
        first = await answer.json()
    async with maria.get("/api/v1/calls", params={"limit": 3, "before": first["next"]}) as answer:
        second = await answer.json()
    assert [call["call_id"] for call in first["calls"]] == ["call-1", "call-2", "call-3"]
    assert [call["call_id"] for call in second["calls"]] == ["call-4", "call-5"]
    assert second["next"] is None


async def test_an_agent_lists_their_own_calls_and_a_customers_but_nobody_elses(company, maria):
    company.history.entries = [entry(1), entry(2, talked=IVAN), entry(3, talked=IVAN, customer=None)]
    for params, expected in (({}, ["call-1"]), ({"customer": "c-1"}, ["call-1", "call-2"])):
        async with maria.get("/api/v1/calls", params=params) as answer:
            assert [call["call_id"] for call in (await answer.json())["calls"]] == expected
    async with maria.get("/api/v1/calls", params={"agent": IVAN}) as answer:
        assert answer.status == 403
    async with maria.get("/api/v1/calls/call-3") as answer:
        assert answer.status == 404
    async with company.visits("boss") as boss, boss.get("/api/v1/calls") as answer:
        assert len((await answer.json())["calls"]) == 3


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "before=yesterday", "colour=red"])
async def test_a_query_that_is_not_as_agreed_names_the_field(maria, query):
    async with maria.get(f"/api/v1/calls?{query}") as answer:
        assert answer.status == 422
        assert query.split("=")[0] in (await answer.json())["detail"]


async def test_one_call_is_given_whole(company, maria):
    company.history.entries = [entry(1, recording="calls/2026/11/20/a.wav")]
    async with maria.get("/api/v1/calls/call-1") as answer:
        call = await answer.json()
    assert call["path"][0]["label"] == "sales"
    assert call["legs"][0]["talk_s"] == 120.0
    assert call["recordings"] == [0]
    assert call["cost"] is None
    assert "calls/2026" not in str(call)


async def test_what_a_call_costs_is_told_to_supervisors_as_text_and_not_to_agents(company, maria):
    cost = Cost(amount=Decimal("0.00850"), currency="USD", source=CostSource.PROVIDER)
    known = entry(1)
    company.history.entries = [replace(known, record=replace(known.record, cost=cost))]
    async with company.visits("boss") as boss:
        async with boss.get("/api/v1/calls/call-1") as answer:
            told = (await answer.json())["cost"]
        async with boss.get("/api/v1/calls") as answer:
            listed = (await answer.json())["calls"][0]["cost"]
    assert told == listed == {"amount": "0.00850", "currency": "USD", "source": "provider", "beside": None}
    async with maria.get("/api/v1/calls/call-1") as answer:
        assert (await answer.json())["cost"] is None
    async with maria.get("/api/v1/calls") as answer:
        assert (await answer.json())["calls"][0]["cost"] is None


async def test_what_asterisk_had_of_a_call_is_in_its_cost_or_beside_it_in_another_currency(company):
    price = Cost(amount=Decimal("0.02"), currency="USD", source=CostSource.PROVIDER)
    trunk = Cost(amount=Decimal("0.15"), currency="USD", source=CostSource.TARIFF)
    costs = {"call-1": (price, trunk), "call-2": (price, replace(trunk, currency="EUR")), "call-3": (None, trunk)}
    company.history.entries = [
        replace(known, record=replace(known.record, cost=cost, cost_beside=beside))
        for known, (cost, beside) in zip([entry(1), entry(2), entry(3)], costs.values(), strict=True)
    ]
    async with company.visits("boss") as boss, boss.get("/api/v1/calls") as answer:
        told = {call["call_id"]: call["cost"] for call in (await answer.json())["calls"]}
    assert told == {
        "call-1": {"amount": "0.17", "currency": "USD", "source": "tariff", "beside": None},
        "call-2": {
            "amount": "0.02",
            "currency": "USD",
            "source": "provider",
            "beside": {"amount": "0.15", "currency": "EUR"},
        },
        "call-3": {"amount": "0.15", "currency": "USD", "source": "tariff", "beside": None},
    }


async def test_a_recording_is_streamed_in_ranges(company, maria):
    folder = company.settings.recordings
    (folder / "a.wav").write_bytes(bytes(range(100)))
    company.history.entries = [entry(1, recording="a.wav")]
    async with maria.get("/api/v1/calls/call-1/recordings/0", headers={"Range": "bytes=10-19"}) as answer:
        assert answer.status == 206
        assert answer.content_type == "audio/wav"
        assert await answer.read() == bytes(range(10, 20))
    async with maria.get("/api/v1/calls/call-1/recordings/0", headers={"Range": "bytes=500-"}) as answer:
        assert answer.status == 416


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "link.wav", "missing.wav", "."])
async def test_no_recording_lies_outside_the_folder(company, maria, name):
    folder = company.settings.recordings
    (folder / "link.wav").symlink_to(folder.parent / "secret.txt")
    company.history.entries = [entry(1, recording=name)]
    async with maria.get("/api/v1/calls/call-1/recordings/0") as answer:
        assert answer.status == 404


@pytest.mark.parametrize("number", ["1", "-1", "x", "٠", "999999999999"])
async def test_only_recordings_that_the_call_lists_can_be_had(company, maria, number):
    (company.settings.recordings / "a.wav").write_bytes(b"x")
    company.history.entries = [entry(1, recording="a.wav")]
    async with maria.get(f"/api/v1/calls/call-1/recordings/{number}") as answer:
        assert answer.status == 404


async def test_only_those_who_talked_and_supervisors_may_listen(company, maria):
    (company.settings.recordings / "a.wav").write_bytes(b"x")
    company.history.entries = [entry(1, recording="a.wav", talked=IVAN)]
    async with maria.get("/api/v1/calls/call-1/recordings/0") as answer:
        assert answer.status == 403
    for login in ("ivan", "boss"):
        async with company.visits(login) as browser, browser.get("/api/v1/calls/call-1/recordings/0") as answer:
            assert answer.status == 200
    assert MARIA not in company.history.entries[0].agents
