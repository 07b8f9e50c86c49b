"""A whole Ringside with nothing but an account in the cloud: its callers outlive restarts, and never meet silence."""

import json
import socket
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from telephony import app
from telephony.calls.events import PhoneState
from telephony.calls.model import CallId, PartOf
from telephony.routing.agents import AgentState
from tests.fakes.cloud_company import MOBILE, OURS, PETRA, PUBLIC, CloudCompany, cloud_company
from tests.fakes.twilio import FakeTwilio, FarPhone, Misbehaviour
from tests.unit.calls.test_ledger_parts import part
from tests.waiting import until

CALLER = "+447700900104"


def rows(company: CloudCompany, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(company.folder / "ringside.db")) as database:
        return [tuple(row) for row in database.execute(query).fetchall()]


def entries(company: CloudCompany) -> list[tuple[Any, ...]]:
    return rows(company, "SELECT id, caller, disposition FROM entries WHERE id LIKE 'CA%'")


def accounts(company: CloudCompany) -> list[tuple[Any, ...]]:
    return rows(company, "SELECT id, at, ended_at, disposition, talk_s, wait_s, legs, summary FROM entries ORDER BY id")


def path(company: CloudCompany) -> list[tuple[Any, ...]]:
    return rows(company, "SELECT node, event FROM steps ORDER BY seq")


def longest_s(company: CloudCompany) -> float:
    """Return how long the cloud was kept waiting at most, for any document or callback of any call."""
    return max(each.took_real_s for each in company.twilio.exchanges if each.kind != "media")


async def test_a_caller_of_the_cloud_talks_with_an_agent_and_stands_in_the_timeline(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company, app.running(company.configured) as ringside:
        company.twilio.phones[MOBILE] = FarPhone(rings_after_s=1, answers_after_s=2, talks_s=5, presses="1")
        await until(lambda: ringside.carriers[0].health.connected)
        ringside.floor.wish(PETRA, AgentState.READY)
        caller = await company.twilio.incoming(to=OURS, from_=CALLER)
        await caller.answers("1")
        await caller.until_over()
        await until(lambda: entries(company))
        assert entries(company) == [(caller.sid, CALLER, "answered")]
        assert not company.twilio.faults


async def test_a_caller_outlives_a_restart_and_stands_in_the_timeline_once(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company:
        company.twilio.pace.scale = 0.5  # the menu must last longer than the restart
        async with app.running(company.configured) as first:
            caller = await company.twilio.incoming(to=OURS, from_=CALLER)
            await caller.is_asked()
            await caller.until(lambda: len(caller.sounds) == 2)
            assert len(first.switchboard.calls) == 1
        async with app.running(company.configured) as second:
            await until(lambda: second.carriers[0].health.connected)
            company.twilio.pace.scale = 0.02
            await caller.presses("3")
            await caller.is_asked()
            assert [call.id for call in second.switchboard.calls.values()] == [caller.sid]
            caller.hangs_up()
            await until(lambda: entries(company))
        assert entries(company) == [(caller.sid, CALLER, "abandoned")]
        steps = path(company)
        assert (steps.count(("welcome", "played")), steps.count(("main_menu", "hung_up"))) == (2, 1)
        [(seconds,)] = rows(company, "SELECT ended_at - at FROM entries WHERE id LIKE 'CA%'")
        [(seconds_of_steps,)] = rows(company, "SELECT max(at) - min(at) FROM steps")
        assert seconds >= seconds_of_steps
        assert not company.twilio.faults


async def test_a_caller_whom_a_fallback_elsewhere_sends_back_is_the_same_call(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company:
        async with app.running(company.configured):
            company.twilio.pace.scale = 0.5
            caller = await company.twilio.incoming(to=OURS, from_=CALLER)
            await caller.is_asked()
        [(began,)] = rows(company, "SELECT min(at) FROM steps")
        async with app.running(company.configured) as second:
            await company.twilio.posts(
                f"{PUBLIC}/twilio/voice", {**caller.requests[0].fields, "CallStatus": "in-progress"}
            )
            await until(lambda: second.switchboard.calls)
            caller.hangs_up()
            await until(lambda: entries(company))
        [(at,)] = rows(company, "SELECT at FROM entries WHERE id LIKE 'CA%'")
        assert at <= began
        assert path(company).count(("welcome", "played")) == 2


async def test_all_that_was_sent_of_a_call_may_be_sent_again_after_a_restart(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company:
        async with app.running(company.configured):
            caller = await company.twilio.incoming(to=OURS, from_=CALLER)
            await caller.is_asked()
            caller.hangs_up()
            await until(lambda: entries(company))
        told = accounts(company)
        async with app.running(company.configured) as second:
            for exchange in [each for each in company.twilio.exchanges if each.call_sid == caller.sid]:
                await company.twilio.repeats(exchange)
            await until(lambda: not second.switchboard.calls)
        assert accounts(company) == told


async def test_who_hangs_up_while_we_are_away_is_in_the_timeline_after_the_next_start(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company:
        company.twilio.pace.now = lambda: datetime.now(UTC) - timedelta(minutes=1)  # what ends now is a minute old
        async with app.running(company.configured):
            company.twilio.pace.scale = 0.5  # the menu must last longer than our end
            caller = await company.twilio.incoming(to=OURS, from_=CALLER)
            await caller.is_asked()
        caller.hangs_up()
        await caller.until_over()
        assert entries(company) == []
        async with app.running(company.configured):
            await until(lambda: entries(company))
        assert entries(company) == [(caller.sid, CALLER, "abandoned")]
        async with app.running(company.configured):
            await until(lambda: rows(company, "SELECT 1 FROM dues WHERE kind = 'call''s end'") == [])
        assert len(entries(company)) == 1


async def test_a_message_whose_callback_was_lost_is_fetched_after_the_next_start_under_the_name_in_its_entry(
    tmp_path: Path,
) -> None:
    async with cloud_company(tmp_path, RINGSIDE__CALENDARS__OFFICE__WEEKLY="{}") as company:
        company.twilio.callbacks.lost("recording")
        async with app.running(company.configured):
            caller = await company.twilio.incoming(to=OURS, from_=CALLER)
            await caller.speaks(4)
            caller.hangs_up()
            await until(lambda: entries(company))
        [(named,)] = rows(company, "SELECT recordings FROM entries WHERE id LIKE 'CA%'")
        [file] = [tmp_path / "recordings" / each for each in json.loads(named)]
        assert not file.exists()
        async with app.running(company.configured):
            await until(file.is_file)
            await until(lambda: rows(company, "SELECT 1 FROM dues WHERE kind = 'twilio recording'") == [])


async def test_an_agent_who_talks_on_while_we_are_away_is_told_of_after_the_next_start(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company:
        company.twilio.pace.now = lambda: datetime.now(UTC) - timedelta(minutes=1)
        company.twilio.phones[MOBILE] = FarPhone(rings_after_s=1, answers_after_s=2, talks_s=20, presses="1")
        async with app.running(company.configured) as ringside:
            await until(lambda: ringside.carriers[0].health.connected)
            ringside.floor.wish(PETRA, AgentState.READY)
            caller = await company.twilio.incoming(to=OURS, from_=CALLER)
            await caller.answers("1")
            await until(lambda: ringside.floor.agents[PETRA].state is AgentState.ON_CALL)
        await caller.until_over()
        async with app.running(company.configured):
            await until(lambda: entries(company))
        assert entries(company) == [(caller.sid, CALLER, "answered")]
        assert rows(company, "SELECT agents FROM entries WHERE id LIKE 'CA%'") == [('["petra"]',)]


async def test_a_caller_who_asks_while_we_stop_or_start_is_asked_to_come_again(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company, app.running(company.configured) as ringside:
        [carrier] = ringside.carriers
        await carrier.__aexit__(None, None, None)
        caller = await company.twilio.incoming(to=OURS, from_=CALLER)
        await caller.until(lambda: len(caller.requests) > 2)
        await carrier.__aenter__()
        await caller.is_asked()
        caller.hangs_up()
        await until(lambda: entries(company))
        assert not company.twilio.faults


async def test_every_carrier_is_told_of_by_health_and_metrics(tmp_path: Path) -> None:
    account = FakeTwilio()
    async with cloud_company(tmp_path, account) as company:
        account.misbehaves(Misbehaviour.SERVER_ERROR, times=None)
        async with app.running(company.configured) as ringside, ClientSession() as browser:
            async with browser.get(f"{company.url}/readyz") as answer:
                assert answer.status == 503
                checks = {check["name"]: check["ok"] for check in (await answer.json())["checks"]}
                assert checks == {"database": True, "twilio": False, "flows": True}
            account.behaves()
            await until(lambda: ringside.carriers[0].health.connected)
            async with browser.get(f"{company.url}/readyz") as answer:
                assert answer.status == 200
            async with browser.get(f"{company.url}/metrics") as answer:
                told = await answer.text()
            assert 'ringside_carrier_up{carrier="twilio"} 1.0' in told
            assert 'ringside_carrier_lines{carrier="twilio"} 0.0' in told


async def test_no_other_page_of_ours_may_be_posted_to_by_a_strangers_page_but_webhooks_prove_themselves(
    tmp_path: Path,
) -> None:
    async with cloud_company(tmp_path) as company, app.running(company.configured), ClientSession() as stranger:
        foreign = {"Origin": "https://elsewhere.example"}
        async with stranger.post(f"{company.url}/api/v1/login", json={}, headers=foreign) as answer:
            assert (answer.status, (await answer.json())["type"]) == (403, "urn:ringside:problem:foreign-page")
        async with stranger.post(f"{company.url}/twilio/voice", data={"CallSid": "CA1"}, headers=foreign) as answer:
            assert (answer.status, (await answer.json())["type"]) == (403, "urn:ringside:problem:forbidden")


# --- the database, or a source, hangs ---


async def test_no_answer_takes_over_a_second_while_the_database_is_locked(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company, app.running(company.configured) as ringside:
        company.twilio.phones[MOBILE] = FarPhone(rings_after_s=1, answers_after_s=2, talks_s=5, presses="1")
        ringside.floor.wish(PETRA, AgentState.READY)
        with closing(sqlite3.connect(company.folder / "ringside.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            caller = await company.twilio.incoming(to=OURS, from_=CALLER)
            await caller.answers("1")
            await caller.until_over()
            other.execute("ROLLBACK")
        assert longest_s(company) < 1.0
        assert not company.twilio.faults
        await until(lambda: entries(company))  # and nothing is lost


async def test_no_answer_takes_over_a_second_while_a_source_never_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and says nothing
        orders = f'{{source = "http", url = "http://127.0.0.1:{silent.getsockname()[1]}/{{order}}"}}'
        async with (
            cloud_company(tmp_path, RINGSIDE__LOOKUPS__ORDERS=orders) as company,
            app.running(company.configured),
        ):
            caller = await company.twilio.incoming(to=OURS, from_=CALLER)
            for keys in ("4", "12345#", "1"):
                await caller.answers(keys)
            await caller.until_over()  # by the message they may leave instead
            assert sum("why=wait" in each.url for each in caller.requests) > 1
            await until(lambda: entries(company))
            assert any(node.endswith("order_book") for node, _ in path(company)), path(company)
            assert longest_s(company) < 1.0
            assert not company.twilio.faults


# --- a cloud that speaks the same language ---


async def test_signalwire_is_another_address_and_a_key_of_its_own(tmp_path: Path) -> None:
    project, key = "b2c3d4e5-0000-4000-8000-123456789abc", "PSK_key"
    cloud = FakeTwilio(account_sid=project, signing_key=key, api_prefix="/api/laml")
    more = {"RINGSIDE_TWILIO_SIGNING_KEY": key, "RINGSIDE__CARRIERS__TWILIO__ACCOUNT_SID": project}
    async with cloud_company(tmp_path, cloud, **more) as company, app.running(company.configured) as ringside:
        company.twilio.phones[MOBILE] = FarPhone(rings_after_s=1, answers_after_s=2, talks_s=5, presses="1")
        [carrier] = ringside.carriers
        await until(lambda: carrier.health.connected)
        ringside.floor.wish(PETRA, AgentState.READY)
        ringside.floor.phone(f"tel:{MOBILE}", PhoneState.IN_USE)
        caller = await company.twilio.incoming(to=OURS, from_=CALLER)
        await caller.answers("1")
        await caller.hears("music/")
        ringside.floor.phone(f"tel:{MOBILE}", PhoneState.IDLE)
        await caller.until_over()
        await until(lambda: entries(company))
        assert entries(company) == [(caller.sid, CALLER, "answered")]
        assert all(asked.path.startswith("/api/laml/2010-04-01/") for asked in company.twilio.api_requests)
        assert any(asked.get("Url") for asked in company.twilio.api_requests)  # woken by a request to the API
        assert not company.twilio.faults


async def test_a_call_costs_what_the_tariff_says_until_the_provider_tells(tmp_path: Path) -> None:
    async with (
        cloud_company(tmp_path, RINGSIDE__CARRIERS__TWILIO__TARIFF__INCOMING='"0.01"') as company,
        app.running(company.configured),
    ):
        caller = await company.twilio.incoming(to=OURS, from_=CALLER)
        await caller.is_asked()
        caller.hangs_up()
        await until(lambda: entries(company))
        assert rows(company, "SELECT cost, currency FROM entries WHERE id LIKE 'CA%'") == [("0.01", "EUR")]


async def test_what_asterisk_had_of_a_clouds_call_costs_by_asterisks_tariff(tmp_path: Path) -> None:
    tariffs = {
        "RINGSIDE__CARRIERS__TWILIO__TARIFF__INCOMING": '"0.01"',
        "RINGSIDE__CARRIERS__ASTERISK__TARIFF__RATES": '{ "sip:" = "0.002" }',
    }
    async with cloud_company(tmp_path, **tariffs) as company, app.running(company.configured) as ringside:
        caller = await company.twilio.incoming(to=OURS, from_=CALLER)
        await caller.is_asked()
        of_caller = PartOf(call_id=CallId(caller.sid), leg_id=part().legs[0].leg_id)
        ringside.switchboard.recorded(replace(part(), part_of=of_caller))
        caller.hangs_up()
        await until(lambda: entries(company))
        found = rows(company, "SELECT cost, currency, cost_beside, currency_beside FROM entries WHERE id LIKE 'CA%'")
        assert found == [("0.01", "EUR", "0.002", "EUR")]
