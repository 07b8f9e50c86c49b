"""Calls and recordings as the REST API shows them (twilio_api_v2010.json: api.v2010.account.call and .recording)."""

from datetime import datetime

from tests.fakes.twilio.call import Call
from tests.fakes.twilio.fields import API_VERSION
from tests.fakes.twilio.recordings import Recording

_BELOW_CALL = {
    "notifications": "Notifications",
    "recordings": "Recordings",
    "payments": "Payments",
    "events": "Events",
    "siprec": "Siprec",
    "streams": "Streams",
    "transcriptions": "Transcriptions",
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
    "user_defined_messages": "UserDefinedMessages",
}


def date(at: datetime | None) -> str | None:
    """Give an RFC 2822 date as the API writes it."""
    return None if at is None else at.strftime("%a, %d %b %Y %H:%M:%S +0000")


def call_resource(call: Call, price: str | None) -> dict[str, object]:
    path = f"/{API_VERSION}/Accounts/{call.account_sid}/Calls/{call.sid}"
    sender = call.from_ or ""
    seconds = call.duration_s
    return {
        "sid": call.sid,
        "date_created": date(call.created_at),
        "date_updated": date(call.ended_at or call.started_at or call.created_at),
        "parent_call_sid": call.parent.sid if call.parent else None,
        "account_sid": call.account_sid,
        "to": call.to,
        "to_formatted": call.to,
        "from": sender,
        "from_formatted": sender,
        "phone_number_sid": None,
        # A call that is dialled but does not ring yet has no name of its own in the API.
        "status": "queued" if call.status == "initiated" else call.status,
        "start_time": date(call.started_at),
        "end_time": date(call.ended_at),
        "duration": None if seconds is None else str(seconds),
        "price": price,
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by or None,
        "api_version": API_VERSION,
        "forwarded_from": call.forwarded_from or None,
        "group_sid": None,
        "caller_name": call.caller_name or None,
        "queue_time": str(round(call.pace.queued_s * 1000)),
        "trunk_sid": None,
        "uri": f"{path}.json",
        "subresource_uris": {name: f"{path}/{part}.json" for name, part in _BELOW_CALL.items()},
    }


def recording_resource(recording: Recording, base_url: str) -> dict[str, object]:
    ready = recording.status == "completed"
    return {
        "account_sid": recording.account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "conference_sid": None,
        "channels": recording.channels,
        "date_created": date(recording.begun_at),
        "date_updated": date(recording.begun_at),
        "start_time": date(recording.begun_at),
        "price": "-0.00250" if ready else None,
        "price_unit": "USD",
        "duration": str(recording.whole_s) if ready else "-1",
        "sid": recording.sid,
        "source": recording.source,
        "status": recording.status,
        "error_code": 64101 if recording.status == "absent" else None,
        "uri": f"{recording.path}.json",
        "subresource_uris": {
            "add_on_results": f"{recording.path}/AddOnResults.json",
            "transcriptions": f"{recording.path}/Transcriptions.json",
        },
        "encryption_details": None,
        "media_url": base_url + recording.path,
    }


def call_recording_resource(recording: Recording) -> dict[str, object]:
    """Give a recording as it stands among those of its call: api.v2010.account.call.call_recording."""
    path = f"/{API_VERSION}/Accounts/{recording.account_sid}/Calls/{recording.call_sid}/Recordings/{recording.sid}.json"
    shown = recording_resource(recording, "") | {"uri": path, "track": recording.track}
    return {name: value for name, value in shown.items() if name not in ("media_url", "subresource_uris")}


def problem(status: int, code: int, message: str) -> dict[str, object]:
    """Give an error as the API answers it: https://www.twilio.com/docs/usage/twilios-response#errors."""
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": more_info, "status": status}
