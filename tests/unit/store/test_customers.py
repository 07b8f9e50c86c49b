"""Looking customers up by any way their number is written, and their record over all channels."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from telephony.calls.model import Channel, CustomerId
from telephony.calls.numbers import read_caller
from telephony.customers.match import MatchOutcome
from telephony.errors import RingsideError
from telephony.ports import CallFilter
from telephony.store.customers import StoredCustomers
from telephony.store.customers_import import BadLine, import_customers
from telephony.store.database import Database
from telephony.store.demo import Credentials, load_demo
from telephony.store.erase import erase_customer, export_customer
from telephony.store.timeline import StoredTimeline
from telephony.store.users import StoredUsers
from telephony.store.writer import Writer
from tests.unit.store.calls import GEORGI, MARIA, NOON, Noon, entry, keep

COMPANY = Path(__file__).parents[3] / "config" / "demo" / "company.json"


def secrets_of(login: str) -> Credentials:
    return Credentials(password_hash=f"hash of {login}", sip_password=f"sip of {login}")


@pytest.fixture
async def customers(database: Database) -> StoredCustomers:
    await load_demo(database, COMPANY, now=NOON, credentials=secrets_of)
    return StoredCustomers(database, Noon())


@pytest.mark.parametrize(
    "written",
    ["+359888100001", "0888100001", "00359888100001", "359888100001", " 0888 100 001 ", "sip:+359888100001@trunk"],
)
async def test_a_customer_is_found_however_the_number_is_written(customers: StoredCustomers, written: str) -> None:
    match = await customers.find(read_caller(written, region="BG"))
    assert match.outcome is MatchOutcome.ONE
    assert match.candidates[0].customer_id == GEORGI
    assert match.candidates[0].reason == "the caller's number is Georgi Stoyanov's mobile, +359 88 810 0001"


async def test_a_customer_is_found_by_every_number_of_theirs(customers: StoredCustomers) -> None:
    match = await customers.find(read_caller("+35924918001", region="BG"))
    assert [c.customer_id for c in match.candidates] == [GEORGI]


async def test_a_shared_number_leads_to_both_the_latest_contact_first(customers: StoredCustomers) -> None:
    match = await customers.find(read_caller("+35924918055", region="BG"))
    assert match.outcome is MatchOutcome.SEVERAL
    assert [c.name for c in match.candidates] == ["Nikolay Kolev", "Desislava Koleva"]


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        ("anonymous", MatchOutcome.WITHHELD),
        ("+359888999999", MatchOutcome.NONE),
        ("x' OR '1'='1", MatchOutcome.WITHHELD),
    ],
)
async def test_nobody_is_found_for(customers: StoredCustomers, raw: str, outcome: MatchOutcome) -> None:
    assert (await customers.find(read_caller(raw, region="BG"))).outcome is outcome


async def test_the_record_is_the_customer_and_the_contacts_over_all_channels(customers: StoredCustomers) -> None:
    record = await customers.record(GEORGI)
    assert record is not None
    assert record.customer.personal_agent == "maria"
    assert record.customer.facts == {"tier": "vip", "balance": 0, "last_order": "NB-20817", "debt": False}
    assert [i.channel for i in record.customer.identities] == ["phone", "phone", "email", "whatsapp"]
    assert [c.channel for c in record.recent] == ["whatsapp", "phone", "email", "phone"]
    assert record.recent[0].at == NOON - timedelta(minutes=7)
    assert record.as_of == NOON


async def test_there_is_no_record_of_nobody(customers: StoredCustomers) -> None:
    assert await customers.record(CustomerId("nobody")) is None


async def test_a_new_call_stands_first_in_the_record_with_its_note(
    customers: StoredCustomers, database: Database, writer: Writer
) -> None:
    timeline = StoredTimeline(database, writer, Noon())
    keep(timeline, replace(entry("new", at=NOON), summary="Called 1000, spoke 1 min 2 s with Maria"))
    await writer.settle()
    record = await customers.record(GEORGI)
    assert record is not None
    assert record.recent[0].summary == "Called 1000, spoke 1 min 2 s with Maria"
    timeline.note(entry("new").record.linkedid, MARIA, "ordered a trailer")
    await writer.settle()
    record = await customers.record(GEORGI)
    assert record is not None
    assert (record.recent[0].channel, record.recent[0].summary) == (Channel.PHONE, "ordered a trailer")


async def test_only_the_last_ten_contacts_are_shown(
    customers: StoredCustomers, database: Database, writer: Writer
) -> None:
    timeline = StoredTimeline(database, writer, Noon())
    for minute in range(30):
        keep(timeline, entry(f"call-{minute}", at=NOON + timedelta(minutes=minute)))
    await writer.settle()
    record = await customers.record(GEORGI)
    assert record is not None
    assert [c.entry_id for c in record.recent] == [f"call-{minute}" for minute in range(29, 19, -1)]


@pytest.mark.parametrize("number", ["+359888100001", "+359888100002", "+35924918055", "+35929000900", "+359700000000"])
async def test_one_trip_tells_the_same_as_two(customers: StoredCustomers, number: str) -> None:
    caller = read_caller(number, region="BG")
    match, record = await customers.identify(caller)
    assert match == await customers.find(caller)
    first = match.candidates[0].customer_id if match.candidates else None
    assert record == (await customers.record(first) if first else None)


async def test_the_demo_company_can_be_loaded_again(customers: StoredCustomers, database: Database) -> None:
    before = await customers.record(GEORGI)
    report = await load_demo(database, COMPANY, now=NOON + timedelta(days=3), credentials=secrets_of)
    assert (report.customers, len(report.users)) == (12, 4)
    assert await customers.record(GEORGI) == before


async def test_the_demo_company_has_agents_with_extensions_and_queues(
    customers: StoredCustomers, database: Database, writer: Writer
) -> None:
    users = StoredUsers(database)
    assert [(a.id, a.extension, a.endpoint) for a in await users.agents()] == [
        ("maria", "101", "PJSIP/101"),
        ("ivan", "102", "PJSIP/102"),
        ("anna", "103", "PJSIP/103"),
    ]
    supervisor = await users.get("boris")
    assert supervisor is not None
    assert (supervisor.role, supervisor.agent, supervisor.sip_password) == ("supervisor", None, None)
    calls = await StoredTimeline(database, writer, Noon()).calls(CallFilter(agent=MARIA))
    assert (calls[0].customer_id, calls[0].customer_name) == ("c-1012", "Dmitry Sokolov")


async def test_a_file_that_is_no_company_is_refused(database: Database, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"users": []}')
    with pytest.raises(RingsideError, match=r"x\.json: not a demo company: KeyError: 'customers'"):
        await load_demo(database, tmp_path / "x.json", now=NOON, credentials=secrets_of)


async def test_an_import_takes_good_lines_and_tells_every_bad_one(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(
        "\ufeffid,name,phones,facts.tier\n"
        "1,Ann,0888 200 001,vip\n"
        "2,,0888200002,\n"
        '3,"Bob\nthe second",sms? 12,\n'
        "4,Cid,mobile: 0888200004;+359888200001,\n"
        "5,Dan,,,too many\n",
        encoding="utf-8",
    )
    report = await import_customers(database, file, region="BG")
    assert report.imported == 2
    assert [bad.line for bad in report.bad] == [3, 5, 7]
    assert report.bad[0] == BadLine(line=3, reason="name is missing")
    customers = StoredCustomers(database, Noon())
    match = await customers.find(read_caller("0888200001", region="BG"))
    assert [c.name for c in match.candidates] == ["Ann", "Cid"]


async def test_an_import_of_a_known_id_replaces_the_customer(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "customers.json"
    for number in ("+359888200001", "+359888200002"):
        file.write_text(json.dumps([{"id": "1", "name": "Ann", "phones": [number]}]))
        await import_customers(database, file, region="BG")
    customers = StoredCustomers(database, Noon())
    assert (await customers.find(read_caller("+359888200001", region="BG"))).outcome is MatchOutcome.NONE
    assert (await customers.find(read_caller("+359888200002", region="BG"))).outcome is MatchOutcome.ONE


async def test_a_json_import_names_the_line_of_a_fault(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "customers.json"
    file.write_text(
        '[\n {"id": "1", "name": "Ann"},\n {"id": "2"},\n 7,\n {"id": broken},\n {"id": "3", "name": "Bob"}\n]'
    )
    report = await import_customers(database, file, region="BG")
    assert report.imported == 2
    assert [(bad.line, bad.reason.split(":")[0]) for bad in report.bad] == [
        (3, "name is missing"),
        (4, "must be an object with id and name"),
        (5, "not JSON"),
    ]


@pytest.mark.parametrize(
    ("name", "content"), [("x.csv", b"name\nAnn\n"), ("x.json", b"\xff\xfe\x00"), ("none.csv", None)]
)
async def test_a_file_that_cannot_be_read_is_refused(
    database: Database, tmp_path: Path, name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(RingsideError, match=name):
        await import_customers(database, tmp_path / name, region="BG")


async def test_all_that_is_kept_of_a_customer_can_be_given_away_and_forgotten(
    customers: StoredCustomers, database: Database, writer: Writer
) -> None:
    timeline = StoredTimeline(database, writer, Noon())
    keep(timeline, entry(note="secret"))
    await writer.settle()
    given = await export_customer(database, GEORGI)
    assert given is not None
    assert all(part in given for part in ("Georgi Stoyanov", "+359888100001", "secret", "main_menu"))

    erased = await erase_customer(database, GEORGI)
    assert erased is not None
    assert (erased.entries, erased.recordings) == (5, ("calls/2026/03/02/1700.1.wav",))
    assert await customers.record(GEORGI) is None
    assert (await customers.find(read_caller("+359888100001", region="BG"))).outcome is MatchOutcome.NONE
    call = await timeline.call(entry().record.linkedid)
    assert call is not None
    assert (call.record.caller, call.record.legs, call.note, call.path) == ("***001", (), "", ())
    assert call.record.talk_s == 61.5
    assert await export_customer(database, GEORGI) is None
    assert await erase_customer(database, GEORGI) is None
