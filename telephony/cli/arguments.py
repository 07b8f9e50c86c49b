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
    _simulate(commands)
    _replay(commands)
    _outcomes(commands)
    _versions(commands)
    _database(commands)
    _calls(commands)
    _people(commands)
    _doctor(commands)
    _schema(commands)
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
    check.add_argument("--bounds", action="store_true", help="also print how long a call can take at most")
    check.add_argument("--strict", action="store_true", help="end with 1 on warnings too; also find texts never said")
    _with_json(check)

    prompts = _group(commands, "prompts", "the texts that callers hear")
    render = _command(prompts, "render", "prompts", "render every prompt that has no sound file yet")
    _with_json(render)
    listed = _command(prompts, "list", "prompts", "list every prompt, who speaks it, its seconds and its file")
    listed.add_argument("--lang", metavar="ru", help="only this language")
    listed.add_argument("--missing", action="store_true", help="only those not rendered; exit 1 when there are any")
    _with_json(listed)


def _simulate(commands: "Commands[argparse.ArgumentParser]") -> None:
    made = _command(
        commands,
        "simulate",
        "simulate",
        "play a flow in the terminal: print what the caller hears and where the call ends",
        "ringside simulate main --keys 1,2 --lang ru --from +359888000001",
    )
    made.add_argument("flow", metavar="FLOW", help="name or file of a flow")
    way = made.add_mutually_exclusive_group()
    way.add_argument(
        "--keys",
        metavar="1,2",
        help="answers in order; an empty one or - says nothing, `hangup` hangs up, `agent` has a person take the call "
        "and hang up first, `nobody` has nobody take it; without --keys you are asked, in a terminal",
    )
    way.add_argument("--walk", type=Path, metavar="FILE", help="run the walks of this file instead; 1 when one fails")
    way.add_argument("--cover", action="store_true", help="propose walks that together take every way of the flow")
    made.add_argument("--write", type=Path, metavar="FILE.walks.yaml", help="with --cover: write the walks there")
    made.add_argument("--from", dest="caller", default="", metavar="NUMBER", help="the caller's number")
    made.add_argument("--called", default="", metavar="NUMBER", help="the number that was called")
    made.add_argument("--at", metavar="2026-12-24T18:00", help="date and time of the call, in the company's zone")
    made.add_argument("--lang", metavar="ru", help="the customer's language")
    made.add_argument("--customer", metavar="ID", help="who calls; else whoever has the caller's number")
    made.add_argument("--fact", action="append", default=[], metavar="tier=vip", help="a fact of the customer")
    for state in ("open", "closed", "holiday", "emergency"):
        made.add_argument(
            f"--{state}", action="append", default=[], metavar="CALENDAR", help=f"a calendar that is {state}"
        )
    made.add_argument(
        "--queue", action="append", default=[], metavar="sales=waiting:3,ready:0", help="how a line stands"
    )
    made.add_argument(
        "--lookup",
        action="append",
        default=[],
        metavar="SOURCE=ANSWER",
        help='what a source answers: \'orders={"status":"sent"}\', or orders=fail, =slow or =not_found',
    )
    made.add_argument("--wrong-pin", action="store_true", help="no PIN is right")
    made.add_argument("--message", type=float, default=4.0, metavar="SECONDS", help="the length of a message")
    made.add_argument("--nobody", action="store_true", help="no agent is there to answer")
    _with_json(made)


def _replay(commands: "Commands[argparse.ArgumentParser]") -> None:
    made = _command(
        commands,
        "replay",
        "replay",
        "run calls that were through a version of their flow, and tell what would have gone otherwise",
        "ringside replay --since yesterday --flow new.yaml",
    )
    made.add_argument("call", nargs="?", metavar="CALL", help="the id of a call; else give --since")
    made.add_argument(
        "--flow", metavar="FILE|NAME", help="the flow, by file or name; else the call's, as its files are"
    )
    made.add_argument("--version", type=int, metavar="N", help="a published version of the flow, instead of its files")
    made.add_argument(
        "--since",
        metavar="WHEN",
        help="every call since: today, yesterday, 7d, 12h or a date such as 2026-11-20; tells how many end elsewhere",
    )
    made.add_argument("--until", metavar="WHEN", help="with --since: only calls before")
    _with_json(made)


def _outcomes(commands: "Commands[argparse.ArgumentParser]") -> None:
    made = _command(
        commands,
        "outcomes",
        "outcomes",
        "count calls by the outcome that their flow gave them, and the milestones they came by",
        "ringside outcomes --since 7d",
    )
    made.add_argument(
        "--since", metavar="WHEN", default="7d", help="today, yesterday, 7d (usually), 12h or a date such as 2026-11-20"
    )
    made.add_argument("--until", metavar="WHEN", help="only calls before")
    _with_json(made)


def _versions(commands: "Commands[argparse.ArgumentParser]") -> None:
    flows = _group(commands, "flows", "versions of flows: publish, compare, bring back")
    publish = _command(
        flows,
        "publish",
        "flows.publish",
        "make the files' flows live, as their next versions; calls under way stay on theirs",
        "ringside flows publish main --note 'opening times in December'",
    )
    publish.add_argument("flows", nargs="*", metavar="FLOW", help="names; every flow that has changed if none")
    publish.add_argument("--without-sound", action="store_true", help="also when texts cannot be rendered")
    versions = _command(flows, "versions", "flows.versions", "show what was published, by whom, and what is live")
    versions.add_argument("flow", nargs="?", metavar="FLOW", help="also every move of what is live; all flows if none")
    diff = _command(flows, "diff", "flows.diff", "show how two versions differ", "ringside flows diff main 3 4")
    diff.add_argument("flow", metavar="FLOW")
    diff.add_argument("a", nargs="?", metavar="A", help="a version's number, `live` (the default) or `files`")
    diff.add_argument("b", nargs="?", metavar="B", help="the same; `files` is the default")
    diff.add_argument("--text", action="store_true", help="as lines, in the way of `diff -u`")
    rollback = _command(flows, "rollback", "flows.rollback", "make an earlier version live again")
    rollback.add_argument("flow", metavar="FLOW")
    rollback.add_argument("--to", type=int, metavar="N", help="the version; else the one the live one replaced")
    withdraw = _command(flows, "withdraw", "flows.rollback", "take a flow out: no call begins in it any more")
    withdraw.add_argument("flow", metavar="FLOW")
    show = _command(flows, "show", "flows.show", "print a version as it was written")
    show.add_argument("flow", metavar="FLOW")
    show.add_argument("number", nargs="?", type=int, metavar="N", help="the version; the live one if none")
    for made in (publish, rollback, withdraw):
        made.add_argument("--note", default="", metavar="TEXT", help="why, for those who look at the versions later")
        made.add_argument("--by", metavar="NAME", help="who; else the user of this machine")
    for made in (publish, versions, diff, rollback, withdraw, show):
        _with_json(made)


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
    _errands(commands, customers)


def _errands(commands: "Commands[argparse.ArgumentParser]", customers: "Commands[argparse.ArgumentParser]") -> None:
    pin = _command(
        customers,
        "pin",
        "customer_pin",
        "set the number and PIN by which a caller is known; the PIN is read from the terminal or standard input",
        "ringside customers pin c-1001 --number 10001001",
    )
    pin.add_argument("id", metavar="CUSTOMER")
    pin.add_argument("--number", metavar="12345678", help="4 to 12 digits; else the one there is, or a free one")
    pin.add_argument("--weak", action="store_true", help="also a PIN that is easily guessed")
    pin.add_argument("--clear", action="store_true", help="forget number and PIN")

    owed = _command(commands, "callbacks", "callbacks", "the callbacks that callers were promised")
    owed.add_argument("what", nargs="?", choices=["list", "done", "cancel"], default="list")
    owed.add_argument("id", nargs="?", type=int, metavar="ID", help="the callback that is done or cancelled")
    owed.add_argument("--queue", default="", metavar="sales", help="only those of this line")
    owed.add_argument("--all", action="store_true", help="also those that are done or cancelled")
    owed.add_argument("--by", default="", metavar="NAME", help="who called back, or cancels; else this machine's user")
    _with_json(owed)

    hours = _command(
        commands,
        "calendars",
        "calendars",
        "the opening hours now; close and open a calendar by hand",
        "ringside calendars close office --until 2026-12-01T09:00 --reason 'power cut'",
    )
    hours.add_argument("what", nargs="?", choices=["list", "close", "open"], default="list")
    hours.add_argument("name", nargs="?", metavar="CALENDAR")
    hours.add_argument("--until", metavar="2026-12-01T09:00", help="in the company's zone; else until it is opened")
    hours.add_argument("--reason", default="", metavar="TEXT", help="why, for those who look at the list")
    hours.add_argument("--by", default="", metavar="NAME", help="who; else this machine's user")
    _with_json(hours)


def _calls(commands: "Commands[argparse.ArgumentParser]") -> None:
    ledger = _group(commands, "ledger", "the calls as they truly were")
    derive = _command(
        ledger,
        "derive",
        "ledger",
        "derive calls from Channel Event Logging: one JSON object per call and line",
        "ringside ledger derive --cel Master.csv",
    )
    derive.description = (
        f"{derive.description} What is ours is told by the settings (trunks, digits of extensions) and the agents of "
        "their database, as in the timeline; without these by 2 to 6 digits."
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
    add.add_argument("--mobile", metavar="+359...", help="the phone is a mobile, or any other telephone outside")
    add.add_argument("--client", metavar="NAME", help="the phone is a browser client of Twilio's voice SDK")
    add.add_argument(
        "--browser-phone", action="store_true", help="the phone is the one in the agent's page, not one on the desk"
    )
    add.add_argument("--queues", default="", metavar="sales,service", help="lines whose callers this agent takes")

    demo = _group(commands, "demo", "a small company to try things with")
    load = _command(demo, "load", "demo", "load the demo company, and print who may log in")
    _with_json(load)


def _schema(commands: "Commands[argparse.ArgumentParser]") -> None:
    schema = _command(
        commands,
        "schema",
        "schema",
        "print the JSON Schema of flow files, for the completion of editors",
        "ringside schema --write ivr_flows/schema.json",
    )
    schema.add_argument("--write", type=Path, metavar="FILE", help="write it there instead")


def _doctor(commands: "Commands[argparse.ArgumentParser]") -> None:
    doctor = _command(commands, "doctor", "doctor", "check every connection and say how to mend what is wrong")
    doctor.add_argument(
        "--no-probe", action="store_true", help="place no probe in Asterisk (it rings nobody and ends at once)"
    )
    _with_json(doctor)
