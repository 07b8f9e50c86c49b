"""What Ringside asks of Asterisk's manager, as AMI actions."""

from telephony.calls.model import LegId
from telephony.carriers.asterisk.outside import address_of
from telephony.carriers.asterisk.session import Fields
from telephony.errors import CarrierRefusedError
from telephony.ports import Dial


def hang_up(leg_id: LegId) -> Fields:
    """End a leg; Asterisk takes the uniqueid as well as the channel's name."""
    # A name between slashes would be a pattern, and end every channel that matches
    if not leg_id or leg_id.startswith("/"):
        msg = "there is no leg to hang up"
        raise CarrierRefusedError(msg)
    return {"Action": "Hangup", "Channel": leg_id, "Cause": "16"}


def status(leg_id: LegId) -> Fields:
    """Ask whether a leg lives; refused when it does not."""
    return {"Action": "Status", "Channel": leg_id}


def redirect(leg_id: LegId, *, context: str, exten: str) -> Fields:
    """Send a leg elsewhere in the dialplan."""
    return {"Action": "Redirect", "Channel": leg_id, "Context": context, "Exten": exten, "Priority": "1"}


def originate(dial: Dial, *, context: str, outside_dial: str = "") -> Fields:
    """Place a call under our own channel id, which lets it be found when the answer is lost.

    While a leg of this id lives, Asterisk refuses a second one. `tel:+359...` is called by `outside_dial`.
    """
    endpoint = address_of(dial.endpoint, dial=outside_dial)
    if endpoint.startswith("tel:"):
        msg = f"{dial.endpoint} cannot be called from here: set carriers.asterisk.outside_dial; nothing was sent"
        raise CarrierRefusedError(msg)
    # Asterisk itself tells nowhere what it called
    variables = [("RINGSIDE_FLOW", dial.flow), ("RINGSIDE_CALLED", _number_in(dial.endpoint)), *dial.variables]
    if dial.detect_machine:
        variables.append(("RINGSIDE_AMD", "1"))
    if any("," in name + value for name, value in variables):
        msg = "a channel variable holds a comma, which would set others; nothing was sent"
        raise CarrierRefusedError(msg)
    return {
        "Action": "Originate",
        "Async": "true",
        "Channel": endpoint,
        "ChannelId": dial.leg_id,
        "OtherChannelId": f"{dial.leg_id}-2",
        "Context": context,
        "Exten": "s",
        "Priority": "1",
        "CallerID": dial.caller_id,
        "Timeout": str(dial.limit_s * 1000),
        "Variable": [f"{name}={value}" for name, value in variables],
    }


def _number_in(endpoint: str) -> str:
    """Return the number in an address such as `tel:+359...`, `PJSIP/0888123456@trunk` or `PJSIP/101`."""
    return endpoint.partition("@")[0].rpartition("/")[2].removeprefix("tel:")
