"""Checks who can get in at Asterisk: an endpoint that asks for no password must be known by its address."""

from collections.abc import Sequence

from telephony.cli.doctor.ami import Message, Talk
from telephony.cli.doctor.finding import Finding, fail, ok
from telephony.errors import CarrierRefusedError, OutcomeUnknownError

BELIEVED = "ringside-agents"
"""The context whose callers may ring every phone and name any call of the cloud's."""
BY_NAME = frozenset({"username", "auth_username"})


async def doors(opened: Talk, contexts: frozenset[str]) -> list[Finding]:
    """Tell which endpoints lead a stranger into one of these contexts who only sends their name (PJSIP only)."""
    try:
        listed = await _events(opened, "PJSIPShowEndpoints", "EndpointList")
        unproven = [each["ObjectName"] for each in listed if not each["Auths"]]
        details = [
            detail for name in unproven for detail in await _events(opened, "PJSIPShowEndpoint", "EndpointDetail", name)
        ]
    except (CarrierRefusedError, OutcomeUnknownError):
        return []  # no PJSIP there, or no right to see it, which is told already
    ours = [each for each in details if each["Context"] in contexts]
    found = [_open(each) for each in ours if BY_NAME & _ways(each)]
    return found or ([ok("trunks", "strangers cannot get in by a trunk's name")] if ours else [])


def _ways(endpoint: Message) -> set[str]:
    return {way.strip() for way in endpoint["IdentifyBy"].split(",")}


def _open(endpoint: Message) -> Finding:
    name, context = endpoint["ObjectName"], endpoint["Context"]
    lost = "ring your phones and name a cloud's call" if context == BELIEVED else "call in as your provider"
    return fail(
        "trunks",
        f"who calls themselves {name} is let into {context} from any address: they can {lost}",
        f"in pjsip.conf, endpoint [{name}], set identify_by = ip; then `asterisk -rx 'module reload res_pjsip.so'`",
    )


async def _events(opened: Talk, action: str, event: str, endpoint: str = "") -> Sequence[Message]:
    """Return the events that an action lists."""
    await opened.ask(action, **({"Endpoint": endpoint} if endpoint else {}))
    action_id = f"doctor-{opened.asked}"
    await opened.hear(lambda each: each["ActionID"] == action_id and each.event == f"{event}Complete")
    return [each for each in opened.heard if each["ActionID"] == action_id and each.event == event]
