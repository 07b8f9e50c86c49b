"""`ringside doctor`: checks every connection and says how to mend what is wrong."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import asdict

from telephony.cli.doctor import cel, machine, parts, pbx, published, reach, twilio
from telephony.cli.doctor.finding import Check, Finding, Level, fail
from telephony.cli.output import FINDINGS, OK, say, say_json, say_table
from telephony.errors import RingsideError, SettingsError
from telephony.settings import Configuration, load_settings

LIMIT_S = 20.0
"""For one check, whatever it waits for."""

EVERYWHERE: tuple[Check, ...] = (
    machine.settings,
    machine.secrets_file,
    machine.folders,
    machine.disk,
    machine.programs,
    parts.database,
    parts.flows,
    published.versions,
    parts.prompts,
    parts.browser_apps,
)


def run(asked: argparse.Namespace) -> int:
    """Check everything, print what was found, and end with 1 when something does not work."""
    try:
        configured = load_settings(asked.config)
    except SettingsError as error:
        found = [fail("settings", fault, "correct the line") for fault in error.faults]
    else:
        found = asyncio.run(examine(configured, probe=not asked.no_probe))
    _show(found, as_json=asked.json)
    return FINDINGS if any(finding.level is Level.FAIL for finding in found) else OK


async def examine(configured: Configuration, *, probe: bool = True) -> list[Finding]:
    """Return what every check found, in order; a check that fails or hangs does not stop the others."""
    checks = EVERYWHERE
    asterisk = configured.settings.carriers.asterisk.enabled
    if asterisk:
        checks = (*checks, pbx.with_probe if probe else pbx.without_probe, reach.agi)
    if configured.settings.carriers.twilio.enabled:
        checks = (*checks, twilio.account, twilio.way, twilio.callers)
    found = await asyncio.gather(*(_one(check, configured) for check in checks))
    findings = [finding for one in found for finding in one]
    if asterisk:
        # The probe is a call: the file must hold it by now.
        logged = any(finding.about == "cel" and finding.level is Level.OK for finding in findings)
        findings += await _one(cel.cel_file_after_a_call if logged else cel.cel_file, configured)
    return findings


async def _one(check: Check, configured: Configuration) -> Sequence[Finding]:
    about = check.__name__.replace("_", " ")
    try:
        async with asyncio.timeout(LIMIT_S):
            return await check(configured)
    except TimeoutError:
        return [
            fail(about, f"this could not be checked within {LIMIT_S:g} s", "look whether the machine is overloaded")
        ]
    except (RingsideError, OSError) as error:
        return [fail(about, f"this could not be checked: {error}", "mend this first")]
    except Exception as error:  # one broken check must not hide what the others found
        return [fail(about, f"the check itself failed: {type(error).__name__}: {error}", "please report this")]


def _show(found: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        say_json(
            {"ok": all(finding.level is not Level.FAIL for finding in found), "findings": list(map(asdict, found))}
        )
        return
    say_table(("", "what", "found"), [(finding.level.value, finding.about, finding.what) for finding in found])
    faulty = [finding for finding in found if finding.mend]
    if faulty:
        say()
        say("To mend:")
        for finding in faulty:
            say(f"  {finding.level.value}  {finding.about}: {finding.what}")
            say(f"        -> {finding.mend}")
