"""`ringside customers pin`: sets or clears the number and PIN by which a caller is known."""

import argparse
import asyncio
import getpass
import re
import sys

from telephony.calls.model import CustomerId
from telephony.cli.output import FINDINGS, MISUSE, OK, complain, say
from telephony.settings import Configuration, load_settings
from telephony.store.database import Database
from telephony.store.faults import StoreRefusedError
from telephony.store.pins import clear_pin, hash_pin, set_pin

NUMBER = re.compile(r"[0-9]{4,12}", re.ASCII)
PIN = re.compile(r"[0-9]{4,8}", re.ASCII)
COLUMNS = frozenset({"2580", "0852", "1470", "0741", "3690", "0963"})
"""Straight lines on the keypad."""
RUNS = ("01234567890", "09876543210")


def run(asked: argparse.Namespace) -> int:
    """Set or clear a PIN."""
    configured, customer = load_settings(asked.config), CustomerId(asked.id)
    if asked.clear:
        return _clear(configured, customer)
    if asked.number is not None and not NUMBER.fullmatch(asked.number):
        complain("--number must be 4 to 12 digits, as callers type it")
        return MISUSE
    pin = _read_pin()
    fault = pin_fault(pin, asked.number or "", weak=asked.weak)
    if fault:
        complain(fault)
        return MISUSE
    return _set(configured, customer, pin, asked.number)


def pin_fault(pin: str, number: str, *, weak: bool) -> str | None:
    """Return what is wrong with a PIN, without showing it; None when it may be used."""
    if not PIN.fullmatch(pin):
        return "a PIN must be 4 to 8 digits"
    if not weak and is_weak(pin, number):
        return "this PIN is among the first that anybody tries; choose another, or say --weak"
    return None


def is_weak(pin: str, number: str) -> bool:
    """Tell whether a PIN is among the first that are tried: runs, repeats, keypad lines, a part of the number."""
    repeats = pin == pin[0] * len(pin) or (len(pin) % 2 == 0 and pin == pin[:2] * (len(pin) // 2))
    return repeats or any(pin in run for run in RUNS) or pin in COLUMNS or pin in number


def _read_pin() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    typed = getpass.getpass("PIN (4 to 8 digits): ")
    return typed if getpass.getpass("The same again: ") == typed else ""


def _set(configured: Configuration, customer: CustomerId, pin: str, number: str | None) -> int:
    async def work() -> str | None:
        async with Database(configured.database_url) as database:
            return await set_pin(database, customer, hashed, number)

    hashed = hash_pin(pin)
    try:
        given = asyncio.run(work())
    except StoreRefusedError:
        complain(f"the number {number} is another customer's; choose another")
        return FINDINGS
    if given is None:
        complain(f"there is no customer {customer}")
        return FINDINGS
    say(f"{customer} is known on the telephone by the number {given} and this PIN")
    return OK


def _clear(configured: Configuration, customer: CustomerId) -> int:
    async def work() -> bool:
        async with Database(configured.database_url) as database:
            return await clear_pin(database, customer)

    if not asyncio.run(work()):
        complain(f"{customer} has no PIN")
        return FINDINGS
    say(f"{customer} has no number and PIN any more")
    return OK
