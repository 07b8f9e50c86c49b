"""Declares every command with its arguments; `work` names the module whose `run` does it."""

import argparse
from pathlib import Path

from telephony import __version__

Commands = argparse._SubParsersAction  # noqa: SLF001  # argparse gives its type no public name


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="ringside",
        description="Answers calls, decides who takes them, shows the caller's record while the phone rings.",
        epilog="Exit codes: 0 all is well, 1 something was found or did not work, 2 wrong use.",
    )
    top.add_argument("--version", action="version", version=f"ringside {__version__}")
    top.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings file; else RINGSIDE_CONFIG, else config/ringside.toml, else built-in defaults",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _command(commands, "serve", "serve", "run the server until SIGINT or SIGTERM")
    _flows(commands)
    _database(commands)
    _calls(commands)
    _people(commands)
    _doctor(commands)
    return top


def _command(
    commands: "Commands[argparse.ArgumentParser]", name: str, work: str, text: str, example: str = ""
) -> argparse.ArgumentParser:
    made = commands.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog=f"example: {example}" if example else None,
    )
    made.set_defaults(work=f"telephony.cli.{work}")
    return made


def _group(commands: "Commands[argparse.ArgumentParser]", name: str, text: str) -> "Commands[argparse.ArgumentParser]":
    made = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    return made.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="sub")


def _with_json(made: argparse.ArgumentParser) -> None:
    made.add_argument("--json", action="store_true", help="print JSON for programs")


def _flows(commands: "Commands[argparse.ArgumentParser]") -> None:
    check = _command(commands, "check", "check", "check flows: every fault with file, line and column")
    check.add_argument("flows", nargs="*", metavar="FLOW", help="names, files or folders; all of ivr.flows_dir if none")
    _with_json(check)

    simulate = _command(
        commands,
        "simulate",
        "simulate",
        "play a flow in the terminal and print what the caller hears",
        "ringside simulate main --keys 1,2 --lang ru --from +359888000001",
    )
    simulate.add_argument("flow", metavar="FLOW", help="name or file of a flow")
    simulate.add_argument(
        "--keys",
        default="",
        metavar="1,2",
        help="answers in order; an empty one, as in 1,,2, is a caller who says nothing",
    )
    simulate.add_argument("--lang", metavar="ru", help="the customer's language")
    simulate.add_argument("--from", dest="caller", default="", metavar="NUMBER", help="the caller's number")
    simulate.add_argument("--nobody", action="store_true", help="no agent is there to answer")
    simulate.add_argument("--at", metavar="2026-12-24T18:00", help="date and time of the call, in the company's zone")
    _with_json(simulate)

    prompts = _group(commands, "prompts", "the texts that callers hear")
    render = _command(prompts, "render", "prompts", "render every prompt that has no sound file yet")
    _with_json(render)


def _database(commands: "Commands[argparse.ArgumentParser]") -> None:
    db = _group(commands, "db", "the database")
    _command(db, "upgrade", "db", "bring the database's tables to this version")

    customers = _group(commands, "customers", "the customers")
    bring = _command(
        customers, "import", "customers", "import customers from CSV or JSON; the same file twice is harmless"
    )
    bring.add_argument("file", type=Path, metavar="FILE")
    _with_json(bring)
    export = _command(customers, "export", "customers", "print all that is kept of a customer, as JSON")
    export.add_argument("id", metavar="ID")
    erase = _command(
        customers, "erase", "customers", "erase a customer, and the customer's name and numbers everywhere"
    )
    erase.add_argument("id", metavar="ID")
    erase.add_argument("--yes", action="store_true", help="do it; there is no way back")


def _calls(commands: "Commands[argparse.ArgumentParser]") -> None:
    ledger = _group(commands, "ledger", "the calls as they truly were")
    derive = _command(
        ledger,
        "derive",
        "ledger",
        "derive calls from Channel Event Logging: one JSON object per call and line",
        "ringside ledger derive --cel Master.csv",
    )
    derive.add_argument(
        "--cel", type=Path, required=True, metavar="FILE.csv", help="CSV with a header of CEL column names in any order"
    )
    derive.add_argument(
        "--timezone", default="UTC", metavar="ZONE", help="zone of times that tell none and are not epoch seconds"
    )

    match = _command(commands, "match", "match", "tell who a number belongs to, and why", "ringside match 0888123456")
    match.add_argument("number", metavar="NUMBER", help="as anybody may write it")
    match.add_argument("--region", metavar="BG", help="country of numbers without a country code; else company.region")
    _with_json(match)


def _people(commands: "Commands[argparse.ArgumentParser]") -> None:
    users = _group(commands, "users", "those who may log in")
    add = _command(
        users,
        "add",
        "users",
        "add a user; the password is read from the terminal or, in a pipe, from standard input",
        "ringside users add maria --name 'Maria Petrova' --extension 101 --queues sales,service",
    )
    add.add_argument("login", metavar="LOGIN")
    add.add_argument("--name", help="as others see it; else the login")
    add.add_argument("--role", choices=["agent", "supervisor", "admin"], default="agent")
    add.add_argument("--extension", metavar="101", help="the phone of somebody who takes calls")
    add.add_argument("--endpoint", metavar="PJSIP/101", help="the carrier's address of the phone; else PJSIP/EXTENSION")
    add.add_argument("--queues", default="", metavar="sales,service", help="lines whose callers this agent takes")

    demo = _group(commands, "demo", "a small company to try things with")
    load = _command(demo, "load", "demo", "load the demo company, and print who may log in")
    _with_json(load)


def _doctor(commands: "Commands[argparse.ArgumentParser]") -> None:
    doctor = _command(commands, "doctor", "doctor", "check every connection and say how to mend what is wrong")
    doctor.add_argument(
        "--no-probe", action="store_true", help="place no probe in Asterisk (it rings nobody and ends at once)"
    )
    _with_json(doctor)
