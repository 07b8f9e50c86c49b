"""A webhook's form is read into our words, and what a stranger put into it stays data."""

import pytest

from telephony.carriers.twilio.forms import FormError, voice_form
from tests.unit.carriers.twilio.house import ACCOUNT, CALL, fields, form


def test_a_call_is_read() -> None:
    read = form(CallerName="ANN  EXAMPLE", Digits="12#", SequenceNumber="3", DialCallDuration="17")
    assert (read.call_sid, read.account_sid, read.from_, read.to) == (CALL, ACCOUNT, "+359888100200", "+35924000000")
    assert (read.caller_name, read.digits, read.sequence, read.dial_seconds) == ("ANN EXAMPLE", "12#", 3, 17.0)
    assert read.recording_seconds is None


@pytest.mark.parametrize(
    "withheld",
    [
        "",
        "anonymous",
        "RESTRICTED",
        "+266696687",
        "266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
        "sip:anonymous@anonymous.invalid",
    ],
)
def test_a_withheld_number_is_none(withheld: str) -> None:
    assert form(From=withheld).from_ == ""


def test_a_missing_number_is_none() -> None:
    without = fields()
    del without["From"]
    assert voice_form(without).from_ == ""


@pytest.mark.parametrize(
    ("raw", "party"),
    [
        ("sip:+359888100200@host.example.com;transport=tls", "+359888100200"),
        ("sip:101@10.0.0.1", "101"),
        ("sip:alice@host.example.com", "sip:alice@host.example.com"),
        ("client:maria", "client:maria"),
        ("+359888\r\nSet-Cookie: x", "+359888 Set-Cookie: x"),
        ("x" * 5000, "x" * 80),
    ],
)
def test_a_party_is_a_number_where_there_is_one_and_one_line_always(raw: str, party: str) -> None:
    assert form(From=raw, To=raw).from_ == party
    assert form(From=raw, To=raw).to == party


@pytest.mark.parametrize("odd", ["1" * 1000, "12a", "١٢", "1 2", "<script>", "-1"])
def test_digits_that_are_no_keys_are_dropped_and_counted(odd: str) -> None:
    read = form(Digits=odd)
    assert (read.digits, read.odd_digits) == ("", len(odd))


def test_hanging_up_in_a_recording_is_no_key() -> None:
    read = form(Digits="hangup")
    assert (read.digits, read.odd_digits, read.hung_up) == ("", 0, True)


@pytest.mark.parametrize("odd", ["-1", "1e9", "٣", "9" * 400, "nan"])
def test_numbers_that_are_none_are_none(odd: str) -> None:
    read = form(RecordingDuration=odd, SequenceNumber=odd)
    assert (read.recording_seconds, read.sequence) == (None, None)


@pytest.mark.parametrize("missing", ["CallSid", "AccountSid"])
def test_a_form_that_names_no_call_or_no_account_is_refused_and_not_repeated(missing: str) -> None:
    with pytest.raises(FormError, match=missing) as fault:
        form(**{missing: "../../etc/passwd"})
    assert "passwd" not in str(fault.value)


def test_signalwires_ids_are_ids() -> None:
    assert form(CallSid="b3877c40-da60-4998-90ad-b792e98472af").call_sid


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
def test_a_final_status_is_the_end(status: str) -> None:
    assert form(CallStatus=status).over
    assert not form().over
