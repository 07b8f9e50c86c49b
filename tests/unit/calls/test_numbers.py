"""What becomes of a number that anybody may have written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from telephony.calls.numbers import SHOWN_LIMIT, UNKNOWN, WITHHELD, CallerNumber, mask, read_caller

SOFIA = CallerNumber(e164="+359888123456")


@pytest.mark.parametrize(
    "written",
    [
        "+359888123456",
        "00359888123456",
        "359888123456",
        "0888123456",
        " 0888 123 456 ",
        "+359 (88) 812-34.56",
        "+359888123456\u00a0",
        "\u202a+359888123456\u202c",
        "sip:+359888123456@203.0.113.7;user=phone",
        '"Georgi" <sip:0888123456@trunk.example>',
        "tel:+359-888-123-456;ext=3",
        "+359888123456@trunk.example",
        "\uff0b\uff13\uff15\uff19888123456",
    ],
)
def test_every_way_to_write_a_number_is_the_same_number(written: str) -> None:
    assert read_caller(written, region="BG") == SOFIA


@pytest.mark.parametrize(
    "written",
    [
        "anonymous",
        "Anonymous",
        "RESTRICTED",
        "private",
        "sip:anonymous@anonymous.invalid",
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
        "+266696687",
        "266696687",
        "00266696687",
    ],
)
def test_a_withheld_number_is_nobodys(written: str) -> None:
    assert read_caller(written, region="BG") == CallerNumber(e164=None, written=WITHHELD)


@pytest.mark.parametrize("written", [None, "", "   ", "unknown", "<unknown>", "\r\n"])
def test_a_missing_number_is_unknown(written: str | None) -> None:
    assert read_caller(written, region="BG") == CallerNumber(e164=None, written=UNKNOWN)


@pytest.mark.parametrize("written", ["12", "101", "9999", "204060"])
def test_a_short_number_is_an_extension(written: str) -> None:
    assert read_caller(written, region="BG") == CallerNumber(e164=None, written=written, extension=written)


def test_the_company_says_what_its_extensions_look_like() -> None:
    assert read_caller("112", region="BG", extensions=r"[2-9]\d{2}") == CallerNumber(e164=None, written="112")
    assert read_caller("204", region="BG", extensions=r"[2-9]\d{2}").extension == "204"


def test_digits_dug_out_of_rubbish_are_no_extension() -> None:
    assert read_caller("\ufffd\ufffd101", region="BG") == CallerNumber(e164=None, written="101")


@pytest.mark.parametrize("written", ["x" * 200, "1" * 200, "+" * 200, "+3598881234567890123", "*72", "+0", "0", "Иван"])
def test_what_is_no_number_is_only_shown(written: str) -> None:
    caller = read_caller(written, region="BG")
    assert caller.e164 is None
    assert len(caller.shown) <= SHOWN_LIMIT


def test_line_ends_cannot_leave_the_number() -> None:
    caller = read_caller("+359888123456\r\nAction: Originate", region="BG")
    assert caller == CallerNumber(e164=None, written="+359888123456 Action: Originate")


def test_national_numbers_are_read_where_they_are_dialled() -> None:
    assert read_caller("8 800 555-35-35", region="RU").e164 == "+78005553535"
    assert read_caller("07700 900104", region="GB").e164 == "+447700900104"


@given(st.text(max_size=300), st.sampled_from(["BG", "RU", "US", "ZZ", ""]))
@settings(max_examples=300, deadline=None)
def test_nothing_that_a_stranger_sends_raises_or_leaves_its_line(raw: str, region: str) -> None:
    caller = read_caller(raw, region=region)
    assert len(caller.shown) <= SHOWN_LIMIT
    assert caller.shown.isprintable()
    assert caller.e164 is None or caller.e164[1:].isdigit()
    assert set(mask(raw)) <= set("*0123456789") or any(c.isdigit() for c in mask(raw))


@given(st.sampled_from(sorted(COUNTRY_CODE_TO_REGION_CODE)), st.from_regex(r"[0-9]{3,12}", fullmatch=True))
@settings(max_examples=500, deadline=None)
def test_a_number_in_e164_is_read_as_the_same_number_written_otherwise(country: int, national: str) -> None:
    # The space before it has the library take it apart
    number = f"+{country}{national}"
    assert read_caller(number, region="BG") == read_caller(f" {number}", region="BG")


def test_a_public_number_is_shown_as_people_write_it() -> None:
    assert read_caller("+359888123456", region="BG").shown == "+359 88 812 3456"


def test_a_log_shows_only_the_end_of_a_number() -> None:
    assert mask("+359888123456") == "***456"
    assert mask("101") == "***01"
    assert mask("anonymous\r\n") == "***"
