"""`ringside customers import|export|erase`: brings customers in, gives their data away, forgets them."""

import argparse
import asyncio

from telephony.calls.model import CustomerId
from telephony.cli.output import FINDINGS, MISUSE, OK, complain, say, say_json
from telephony.settings import Configuration, load_settings
from telephony.store.customers_import import ImportReport, import_customers
from telephony.store.database import Database
from telephony.store.erase import Erased, erase_customer, export_customer


def run(asked: argparse.Namespace) -> int:
    """Do what was asked with customers."""
    configured = load_settings(asked.config)
    match asked.sub:
        case "import":
            return _import(asked, configured)
        case "export":
            return _export(CustomerId(asked.id), configured)
        case _:
            return _erase(CustomerId(asked.id), configured, sure=asked.yes)


def _import(asked: argparse.Namespace, configured: Configuration) -> int:
    if not asked.file.exists():
        complain(f"no such file: {asked.file}; name a .csv or .json file of customers")
        return MISUSE

    async def work() -> ImportReport:
        async with Database(configured.database_url) as database:
            return await import_customers(database, asked.file, region=configured.settings.company.region)

    report = asyncio.run(work())
    if asked.json:
        bad = [{"line": line.line, "reason": line.reason} for line in report.bad]
        say_json({"imported": report.imported, "bad": bad})
    else:
        for line in report.bad:
            complain(f"{asked.file}:{line.line}: {line.reason}")
        say(f"{report.imported} customers imported, {len(report.bad)} lines left out")
    return FINDINGS if report.bad else OK


def _export(customer: CustomerId, configured: Configuration) -> int:
    async def work() -> str | None:
        async with Database(configured.database_url) as database:
            return await export_customer(database, customer)

    text = asyncio.run(work())
    if text is None:
        complain(f"there is no customer {customer}")
        return FINDINGS
    say(text)
    return OK


def _erase(customer: CustomerId, configured: Configuration, *, sure: bool) -> int:
    if not sure:
        complain(f"this erases {customer} and cannot be taken back; say --yes")
        return MISUSE

    async def work() -> Erased | None:
        async with Database(configured.database_url) as database:
            return await erase_customer(database, customer)

    erased = asyncio.run(work())
    if erased is None:
        complain(f"there is no customer {customer}")
        return FINDINGS
    left = [name for name in erased.recordings if not _deleted(name, configured)]
    say(f"{customer} is erased: {erased.entries} contacts, {len(erased.recordings) - len(left)} recordings")
    for name in left:
        complain(f"this recording could not be deleted: {name}")
    return FINDINGS if left else OK


def _deleted(name: str, configured: Configuration) -> bool:
    folder = configured.recordings_dir.resolve()
    file = (folder / name).resolve()
    if not file.is_relative_to(folder):
        return False
    try:
        file.unlink(missing_ok=True)
    except OSError:
        return False
    return True
