"""Reads a webhook's form. Whatever a stranger puts into it must stay data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Statuses after which a call lives no more."""

# SignalWire's ids are UUIDs
_ID = re.compile(r"[A-Za-z0-9-]{10,64}")
_DIGITS = re.compile(r"[0-9*#]{1,64}")
_STATUS = re.compile(r"[a-z-]{1,32}")
_TOKEN = re.compile(r"[\x20-\x7e]{1,4000}")
_NUMBER = re.compile(r"\+?[0-9*#]{1,32}")
_URI = re.compile(r"sips?:([^@;?>\s]*)", re.IGNORECASE)
_TEXT_LIMIT = 80
_URL_LIMIT = 1000
# Twilio spells why there is no number on a telephone's keys: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE
_WITHHELD = frozenset(
    {"anonymous", "restricted", "private", "blocked", "unknown", "unavailable", "withheld"}
    | {"266696687", "7378742833", "2562533", "8656696", "86282452253"}
)


class FormError(Exception):
    """A form that cannot be used; the text says what is wrong with it and repeats nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceForm:
    """What a voice webhook tells. Text is '' and numbers are None where nothing, or nothing usable, was said."""

    call_sid: str
    account_sid: str
    from_: str
    """'' for a withheld number."""
    to: str
    caller_name: str
    direction: str
    status: str
    digits: str
    odd_digits: int
    """How many characters of `Digits` were dropped because they are no keys."""
    hung_up: bool
    """The caller ended a recording by hanging up."""
    dial_status: str
    dial_sid: str
    dial_seconds: float | None
    dial_bridged: bool | None
    """Whether both talked with each other; None where the cloud does not say."""
    queue_result: str
    queue_sid: str
    recording_sid: str
    recording_url: str
    recording_status: str
    recording_seconds: float | None
    seconds: float | None
    """How long the call lasted from its answer; told at its end."""
    sequence: int | None
    parent_sid: str
    error_code: str
    error_url: str
    answered_by: str
    call_token: str = field(repr=False)
    """Lets a call that is placed for this one show its caller's number."""

    @property
    def over(self) -> bool:
        """Tell whether the call this form is about lives no more."""
        return self.status in FINAL

    @property
    def answered(self) -> bool:
        """Tell whether the call lives and was answered: an inbound one is not, as it comes."""
        return self.status == "in-progress"


def voice_form(fields: Mapping[str, str]) -> VoiceForm:
    """Return what a form tells. Raises FormError when it does not say which call of whose account it is about."""
    call_sid, account_sid = _id(fields, "CallSid"), _id(fields, "AccountSid")
    if not call_sid or not account_sid:
        msg = f"{'AccountSid' if call_sid else 'CallSid'} is missing or no id"
        raise FormError(msg)
    pressed = fields.get("Digits", "")
    digits = pressed if _DIGITS.fullmatch(pressed) else ""
    hung_up = pressed == "hangup"
    return VoiceForm(
        call_sid=call_sid,
        account_sid=account_sid,
        from_=party(fields.get("From", "") or fields.get("Caller", "")),
        to=party(fields.get("To", "") or fields.get("Called", "")),
        caller_name=_text(fields.get("CallerName", "")),
        direction=_word(fields, "Direction"),
        status=_word(fields, "CallStatus"),
        digits=digits,
        odd_digits=0 if digits or hung_up else len(pressed),
        hung_up=hung_up,
        dial_status=_word(fields, "DialCallStatus"),
        dial_sid=_id(fields, "DialCallSid"),
        dial_seconds=_seconds(fields.get("DialCallDuration")),
        dial_bridged={"true": True, "false": False}.get(fields.get("DialBridged", "")),
        queue_result=_word(fields, "QueueResult"),
        queue_sid=_id(fields, "QueueSid"),
        recording_sid=_id(fields, "RecordingSid"),
        recording_url=fields.get("RecordingUrl", "")[:_URL_LIMIT],
        recording_status=_word(fields, "RecordingStatus"),
        recording_seconds=_seconds(fields.get("RecordingDuration")),
        seconds=_seconds(fields.get("CallDuration")),
        sequence=_count(fields.get("SequenceNumber")),
        parent_sid=_id(fields, "ParentCallSid"),
        error_code=fields.get("ErrorCode", "")[:8] if fields.get("ErrorCode", "").isalnum() else "",
        error_url=fields.get("ErrorUrl", "")[:_URL_LIMIT],
        answered_by=fields.get("AnsweredBy", "")[:32],
        call_token=token if (token := fields.get("CallToken", "")) and _TOKEN.fullmatch(token) else "",
    )


def _id(fields: Mapping[str, str], name: str) -> str:
    text = fields.get(name)  # most are missing, and a pattern need not say so
    return text if text and _ID.fullmatch(text) else ""


def _word(fields: Mapping[str, str], name: str) -> str:
    text = fields.get(name)
    return text if text and _STATUS.fullmatch(text) else ""


def party(raw: str) -> str:
    """Return a number, or who else it is on one line; '' for who does not say."""
    if _NUMBER.fullmatch(raw) and raw.lstrip("+") not in _WITHHELD:  # nearly always
        return raw
    text = _text(raw)
    uri = _URI.match(text)
    user = uri[1] if uri else text
    if user.lstrip("+").lower() in _WITHHELD:
        return ""
    return user if _NUMBER.fullmatch(user) else text


def _text(raw: str) -> str:
    if not raw:
        return ""
    printable = "".join(char if char.isprintable() else " " for char in raw[: _TEXT_LIMIT * 4])
    return " ".join(printable.split())[:_TEXT_LIMIT]


def _seconds(raw: str | None) -> float | None:
    count = _count(raw)
    return None if count is None else float(count)


def _count(raw: str | None) -> int | None:
    return int(raw) if raw and len(raw) < 10 and raw.isascii() and raw.isdigit() else None
