"""Checks Asterisk itself: what we may do there, what it has loaded, whether callers and phones are set up."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from telephony.carriers.asterisk.agi_dial import CONFIRM
from telephony.cli.doctor.ami import Message, Talk
from telephony.cli.doctor.finding import Finding, fail, ok, warn
from telephony.errors import CarrierRefusedError
from telephony.settings.sections import AsteriskSection

OLDEST_VERSION = 18
SKEW_LIMIT_S = 2.0
NOBODY = "ringside-doctor/nobody"
"""A channel that cannot be: the actions below do nothing, but say whether we may do them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """An action Ringside uses, the class in `write=` that allows it, and what is lost without it."""

    action: str
    headers: tuple[tuple[str, str], ...]
    write: str
    lost: str


NEEDS = (
    Need(action="CoreShowChannels", headers=(), write="reporting", lost="calls are not found again after a lost link"),
    Need(action="DeviceStateList", headers=(), write="reporting", lost="agents' phones are not known to be free"),
    Need(action="Hangup", headers=(("Channel", NOBODY),), write="call", lost="agents cannot hang up"),
    Need(action="Status", headers=(("Channel", NOBODY),), write="call", lost="lost calls cannot be looked for"),
    Need(action="Redirect", headers=(("Channel", NOBODY),), write="call", lost="calls cannot be moved"),
    Need(action="Originate", headers=(), write="originate", lost="calls cannot be placed"),
    Need(action="Getvar", headers=(("Variable", "RINGSIDE_AGI"),), write="call", lost="this check sees less"),
    Need(action="ModuleCheck", headers=(("Module", "res_agi"),), write="system", lost="this check sees less"),
)


async def permissions(opened: Talk, username: str) -> list[Finding]:
    """Tell whether the manager user may do all that Ringside does."""
    denied = [need for need in NEEDS if not await _allowed(opened, need)]
    if not denied:
        return [ok("ami rights", f"{username} may do all that is needed")]
    classes = ",".join(dict.fromkeys(need.write for need in denied))
    return [
        fail(
            "ami rights",
            f"{username} may not: " + "; ".join(f"{need.action} ({need.lost})" for need in denied),
            f"in manager.conf, section [{username}], add {classes} to write=; then `asterisk -rx 'manager reload'`",
        )
    ]


async def _allowed(opened: Talk, need: Need) -> bool:
    try:
        await opened.ask(need.action, **dict(need.headers))
    except CarrierRefusedError as error:
        return not denied(error)
    return True


async def version_and_clock(opened: Talk) -> list[Finding]:
    """Tell Asterisk's version, and whether its clock is ours."""
    said = await opened.ask("CoreSettings")
    version = said["AsteriskVersion"]
    major = int(digits) if (digits := version.partition(".")[0]).isdigit() else OLDEST_VERSION
    found = [
        ok("asterisk", f"version {version}")
        if major >= OLDEST_VERSION
        else warn("asterisk", f"version {version} is older than {OLDEST_VERSION}", "upgrade Asterisk")
    ]
    asked_s = time.time()
    stamp = (await opened.ask("Ping"))["Timestamp"]
    answered_s = time.time()
    try:
        told_s = float(stamp)
    except ValueError:
        return found
    skew = min(told_s - asked_s, 0.0) + max(told_s - answered_s, 0.0)  # 0 for any moment between question and answer
    if abs(skew) > SKEW_LIMIT_S:
        found.append(
            warn(
                "clock",
                f"Asterisk's clock is {skew:+.1f} s off ours",
                "set both by NTP, else times in the ledger disagree",
            )
        )
    else:
        found.append(ok("clock", f"Asterisk's clock is {abs(skew):.1f} s off ours"))
    return found


MODULES = (
    ("res_agi", "callers cannot be brought to Ringside"),
    ("cel_manager", "the ledger hears of no call"),
    ("cel_custom", "calls while Ringside is down are lost to the timeline"),
    ("app_dial", "no phone can be rung"),
    ("app_mixmonitor", "no conversation can be recorded"),
    ("res_musiconhold", "waiting callers hear silence"),
)


async def modules(opened: Talk) -> list[Finding]:
    """Tell whether Asterisk has loaded what we need."""
    missing = [(name, lost) for name, lost in MODULES if not await _loaded(opened, name)]
    if not missing:
        return [ok("modules", "all that are needed are loaded")]
    return [
        fail(
            "modules",
            f"{name} is not loaded: {lost}",
            f"`asterisk -rx 'module load {name}.so'`, and load => {name}.so in modules.conf",
        )
        for name, lost in missing
    ]


async def _loaded(opened: Talk, name: str) -> bool:
    try:
        await opened.ask("ModuleCheck", Module=name)
    except CarrierRefusedError as error:
        return denied(error)  # told by the rights already
    return True


def denied(error: CarrierRefusedError) -> bool:
    """Tell whether Asterisk refused for want of a right, rather than for what was asked."""
    return "permission denied" in str(error).lower()


async def contexts(opened: Talk, asterisk: AsteriskSection, *, confirms: bool = False) -> list[Finding]:
    """Tell whether the dialplan leads callers to us, and elsewhere when we are away.

    `confirms`: agents at telephones outside must press a key, for which there is a context too.
    """
    wanted = (
        (asterisk.context, "no caller reaches Ringside"),
        (asterisk.fallback_context, "callers meet a dead end when Ringside is away"),
        *(((CONFIRM, "agents' telephones outside cannot be rung"),) if asterisk.outside_dial and confirms else ()),
    )
    found = [await _context(opened, name, lost) for name, lost in wanted]
    return [finding for finding in found if finding]


async def _context(opened: Talk, name: str, lost: str) -> Finding | None:
    try:
        await opened.ask("ShowDialPlan", Context=name)
    except CarrierRefusedError as error:
        if denied(error):
            return None  # told by the rights already
        return fail(
            "dialplan",
            f"there is no context {name}: {lost}",
            "#include ringside-include.conf in extensions.conf, then `asterisk -rx 'dialplan reload'`",
        )
    return ok("dialplan", f"context {name} is there")


async def endpoints(opened: Talk, wanted: Sequence[str]) -> list[Finding]:
    """Tell whether Asterisk knows each agent's phone (PJSIP only; others are not asked for)."""
    names = [endpoint.removeprefix("PJSIP/") for endpoint in wanted if endpoint.startswith("PJSIP/")]
    phones = {name: await _phone(opened, name) for name in names}
    found = [
        fail("phones", f"Asterisk knows no endpoint PJSIP/{name}", "add it to pjsip.conf, or correct the agent's")
        for name, phone in phones.items()
        if phone is None
    ]
    known = {name: phone for name, phone in phones.items() if phone is not None}
    endless = [name for name, phone in known.items() if phone["Webrtc"] == "yes" and phone["RtpTimeout"] == "0"]
    if endless:
        mend = "set rtp_timeout = 15 and rtp_timeout_hold = 15 in these endpoints of pjsip.conf, then reload res_pjsip"
        found.append(warn("phones", f"a browser that crashes leaves its caller in silence: {', '.join(endless)}", mend))
    away = [name for name, phone in known.items() if phone["DeviceState"].lower() in {"unavailable", "invalid"}]
    if away:
        mend = "switch the phone on, or open the agent's page; until then calls go to others"
        found.append(warn("phones", f"not registered: {', '.join(away)}", mend))
    if not found and names:
        found.append(ok("phones", f"Asterisk knows the agents' phones ({len(names)})"))
    return found


async def _phone(opened: Talk, name: str) -> Message | None:
    """Return what Asterisk tells of an endpoint, which is nothing where we may not ask; None for one it has not."""
    try:
        await opened.ask("PJSIPShowEndpoint", Endpoint=name)
    except CarrierRefusedError as error:
        return Message(headers={}) if denied(error) else None
    return await opened.hear(lambda event: event.event == "EndpointDetail" and event["ObjectName"] == name)
