"""What TwiML may say: verbs, nouns, attributes and their values.

From Twilio's reference, one page per verb: https://www.twilio.com/docs/voice/twiml.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from xml.etree import ElementTree as ET

Allowed = Callable[[str], bool]


def _one_of(*values: str) -> Allowed:
    return lambda value: value in values


def _some_of(*values: str) -> Allowed:
    return lambda value: bool(value.split()) and set(value.split()) <= set(values)


def _whole(least: int, most: int = 10**9) -> Allowed:
    return lambda value: value.isascii() and value.isdecimal() and least <= int(value) <= most


def _text(most: int = 4096) -> Allowed:
    return lambda value: len(value) <= most


def _url(value: str) -> bool:
    return bool(value) and not re.search(r"\s", value)


def _caller_id(value: str) -> bool:
    return bool(re.fullmatch(r"\+?[0-9]{3,15}|client:\S+|sip:\S+|anonymous", value))


METHOD, YES_NO = _one_of("GET", "POST"), _one_of("true", "false")
_EVENTS = _some_of("initiated", "ringing", "answered", "completed")
_RECORDING_EVENTS = _some_of("in-progress", "completed", "absent")
_RECORDING = {
    "recordingStatusCallback": _url,
    "recordingStatusCallbackMethod": METHOD,
    "recordingStatusCallbackEvent": _RECORDING_EVENTS,
    "trim": _one_of("trim-silence", "do-not-trim"),
}
_NOUN = {
    "url": _url,
    "method": METHOD,
    "statusCallback": _url,
    "statusCallbackMethod": METHOD,
    "statusCallbackEvent": _EVENTS,
}
_DETECTION = {
    "machineDetection": _one_of("Enable", "DetectMessageEnd"),
    "machineDetectionTimeout": _whole(3, 60),
    "machineDetectionSpeechThreshold": _whole(1000, 6000),
    "machineDetectionSpeechEndThreshold": _whole(500, 5000),
    "machineDetectionSilenceTimeout": _whole(2000, 10000),
    "amdStatusCallback": _url,
    "amdStatusCallbackMethod": METHOD,
}
_SPEECH = {
    "language": _text(20),
    "hints": _text(),
    "speechTimeout": lambda value: value == "auto" or _whole(1)(value),
    "maxSpeechTime": _whole(1),
    "profanityFilter": YES_NO,
    "partialResultCallback": _url,
    "partialResultCallbackMethod": METHOD,
    "speechModel": _text(60),
    "enhanced": YES_NO,
    "debug": YES_NO,
    "bargeIn": YES_NO,
}

ATTRIBUTES: Mapping[str, Mapping[str, Allowed]] = {
    "Response": {},
    "Play": {"loop": _whole(0, 1000), "digits": lambda value: bool(re.fullmatch(r"[0-9wW*#]{1,64}", value))},
    "Say": {"voice": _text(60), "language": _text(20), "loop": _whole(0, 1000)},
    "Pause": {"length": _whole(1)},
    "Hangup": {},
    "Leave": {},
    "Reject": {"reason": _one_of("rejected", "busy")},
    "Redirect": {"method": METHOD},
    "Gather": {
        "action": _url,
        "method": METHOD,
        "input": _one_of("dtmf", "speech", "dtmf speech"),
        "timeout": lambda value: value == "auto" or _whole(1)(value),
        "finishOnKey": lambda value: bool(re.fullmatch(r"[0-9*#]?", value)),
        "numDigits": _whole(1),
        "actionOnEmptyResult": YES_NO,
        **_SPEECH,
    },
    "Record": {
        "action": _url,
        "method": METHOD,
        "timeout": _whole(1),
        "finishOnKey": lambda value: bool(re.fullmatch(r"[0-9*#]+", value)),
        "maxLength": _whole(2, 86400),
        "playBeep": YES_NO,
        "transcribe": YES_NO,
        "transcribeCallback": _url,
        "recordingConfigurationId": _text(),
        **_RECORDING,
    },
    "Dial": {
        "action": _url,
        "method": METHOD,
        "timeout": _whole(1, 600),
        "timeLimit": _whole(1, 86400),
        "callerId": _caller_id,
        "hangupOnStar": YES_NO,
        "answerOnBridge": YES_NO,
        "sequential": YES_NO,
        "ringTone": lambda value: bool(re.fullmatch(r"[a-z]{2}(-old)?", value)),
        "record": _one_of(
            "do-not-record",
            "record-from-answer",
            "record-from-ringing",
            "record-from-answer-dual",
            "record-from-ringing-dual",
            "true",
            "false",
        ),
        "recordingTrack": _one_of("inbound", "outbound", "both"),
        "referUrl": _url,
        "referMethod": METHOD,
        "callReason": _text(50),
        "recordingConfigurationId": _text(),
        "events": _text(),
        "passports": _text(),
        **_RECORDING,
    },
    "Number": {"sendDigits": _text(32), "byoc": _text(34), **_NOUN, **_DETECTION},
    "Sip": {"username": _text(), "password": _text(), **_NOUN, **_DETECTION},
    "Client": dict(_NOUN),
    "Queue": {"url": _url, "method": METHOD, "reservationSid": _text(34), "postWorkActivitySid": _text(34)},
    "Identity": {},
    "Parameter": {"name": _text(), "value": _text()},
    "Conference": {
        "muted": YES_NO,
        "beep": _one_of("true", "false", "onEnter", "onExit"),
        "startConferenceOnEnter": YES_NO,
        "endConferenceOnExit": YES_NO,
        "waitUrl": lambda value: not value or _url(value),
        "waitMethod": METHOD,
        "maxParticipants": _whole(1, 250),
        "record": _one_of("do-not-record", "record-from-start"),
        "region": _text(),
        "coach": _text(),
        "statusCallback": _url,
        "statusCallbackMethod": METHOD,
        "statusCallbackEvent": _some_of(
            "start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"
        ),
        "participantLabel": _text(128),
        "jitterBufferSize": _one_of("off", "small", "medium", "large"),
        "eventCallbackUrl": _url,
        "recordingConfigurationId": _text(),
        **_RECORDING,
    },
    "Enqueue": {
        "action": _url,
        "method": METHOD,
        "maxQueueSize": _whole(1, 5000),
        "waitUrl": _url,
        "waitUrlMethod": METHOD,
        "workflowSid": _text(34),
    },
}

VERBS = frozenset(
    {"Play", "Say", "Pause", "Hangup", "Leave", "Reject", "Redirect", "Gather", "Record", "Dial", "Enqueue"}
)
NESTED: Mapping[str, frozenset[str]] = {
    "Response": VERBS,
    "Gather": frozenset({"Play", "Say", "Pause"}),
    "Dial": frozenset({"Number", "Sip", "Client", "Conference", "Queue"}),
    "Client": frozenset({"Identity", "Parameter"}),
    "Reject": frozenset({"Parameter"}),
    "Hangup": frozenset({"Parameter"}),
}
WITH_TEXT = frozenset(
    {"Play", "Say", "Redirect", "Dial", "Number", "Sip", "Client", "Identity", "Conference", "Queue", "Enqueue"}
)

NO_URL = 11100
SCHEMA = 12200


def faults_of(element: ET.Element) -> Iterator[tuple[int, str]]:
    """Give what is wrong with an element and all within it: Twilio's number, and words."""
    known = ATTRIBUTES.get(element.tag)
    if known is None:
        yield SCHEMA, f"<{element.tag}> is no TwiML that this fake knows"
        return
    for name, value in element.attrib.items():
        if name not in known:
            yield SCHEMA, f"<{element.tag}> has no attribute {name}"
        elif not known[name](value):
            yield SCHEMA, f"<{element.tag} {name}={value!r}> is not allowed"
    yield from _text_faults(element)
    allowed = NESTED.get(element.tag, frozenset())
    for child in element:
        if child.tag not in allowed and element.tag != "Say":
            yield SCHEMA, f"<{child.tag}> may not stand in <{element.tag}>"
        elif element.tag != "Say":
            yield from faults_of(child)


def _text_faults(element: ET.Element) -> Iterator[tuple[int, str]]:
    text = (element.text or "").strip()
    if text and element.tag not in WITH_TEXT:
        yield SCHEMA, f"<{element.tag}> holds text: {text[:40]!r}"
    if element.tag == "Play" and not text and "digits" not in element.attrib:
        yield NO_URL, "<Play> names no URL"
    if element.tag == "Redirect" and not text:
        yield NO_URL, "<Redirect> names no URL"
    if element.tag == "Say" and not "".join(element.itertext()).strip():
        yield 13520, "<Say> says nothing"
    if element.tag == "Dial" and not text and not len(element):
        yield 13200, "<Dial> dials nobody"
