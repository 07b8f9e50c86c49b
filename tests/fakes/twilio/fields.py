"""The fields of Twilio's requests: https://www.twilio.com/docs/voice/twiml#request-parameters."""

from datetime import datetime
from email.utils import format_datetime

from tests.fakes.twilio.call import Call
from tests.fakes.twilio.sids import E164

API_VERSION = "2010-04-01"


def common(call: Call) -> dict[str, str]:
    """Give what every request about a call carries."""
    fields = {
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "To": call.to,
        "Called": call.to,
        "CallStatus": call.status,
        "ApiVersion": API_VERSION,
        "Direction": call.direction,
    }
    if call.from_ is not None:
        fields |= {"From": call.from_, "Caller": call.from_}
    if call.caller_name:
        fields["CallerName"] = call.caller_name
    if call.forwarded_from:
        fields |= {"ForwardedFrom": call.forwarded_from, "CalledVia": call.forwarded_from}
    if call.parent is not None:
        fields["ParentCallSid"] = call.parent.sid
    return fields | _places(call) | call.extra


def _places(call: Call) -> dict[str, str]:
    fields: dict[str, str] = {}
    for names, number in ((("From", "Caller"), call.from_ or ""), (("To", "Called"), call.to)):
        if E164.fullmatch(number):
            for name in names:
                fields |= {f"{name}City": "", f"{name}State": "", f"{name}Zip": "", f"{name}Country": "BG"}
    return fields


def progress(call: Call, status: str, sequence: int, at: datetime) -> dict[str, str]:
    """Give what a status callback carries: https://www.twilio.com/docs/voice/api/call-resource#statuscallbackevent.

    That an unanswered call has `Duration=0`, and SequenceNumber counts the callbacks sent from 0 on:
    https://github.com/somleng/somleng-switch/issues/7.
    """
    fields = common(call) | {
        "CallStatus": status,
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
        "Timestamp": rfc_2822(at),
    }
    if call.is_over and status == call.status:
        seconds = call.duration_s or 0
        fields |= {"Duration": str(-(-seconds // 60)), "CallDuration": str(seconds)}
        if call.sip_code is not None:
            fields["SipResponseCode"] = str(call.sip_code)
    if call.answered_by:
        fields["AnsweredBy"] = call.answered_by
    return fields


def rfc_2822(at: datetime) -> str:
    return format_datetime(at)
