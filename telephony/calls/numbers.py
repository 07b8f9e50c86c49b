"""Reads telephone numbers that anybody may have written."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

SHOWN_LIMIT = 32
EXTENSIONS = r"\d{2,6}"
"""What a company's own short numbers look like, where settings say nothing else."""

WITHHELD = "withheld number"
UNKNOWN = "unknown number"

_READ_LIMIT = 256
_NO_CALLER = frozenset({"", "unknown", "unavailable", "none", "null", "<unknown>", "asterisk"})
_HIDDEN_CALLER = frozenset({"anonymous", "restricted", "private", "withheld", "blocked", "id unavailable"})
# Gateways that cannot leave a caller id empty send ANONYMOUS as keypad letters, some with an international prefix.
_ANONYMOUS_KEYS = re.compile(r"(?:\+|00|011)?266696687")
_URI = re.compile(r"(?:sips?|tel):([^@;?>\s]*)", re.IGNORECASE)
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_WRITTEN_NUMBER = re.compile(r"\+?[\d\s().\-/]{2,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerNumber:
    """A caller's number. `e164` is None when it is withheld or not a public number."""

    e164: str | None
    written: str = ""
    """What is said of one that is not public: safe to print, on one line, without controls."""
    extension: str | None = None
    """Set when the number is one of the company's own short extensions."""

    @property
    def shown(self) -> str:
        """Return the number for people: safe to print, one line, at most 32 characters."""
        return self.written if self.e164 is None else _international(self.e164)


def read_caller(raw: str | None, *, region: str, extensions: str = EXTENSIONS) -> CallerNumber:
    """Return what is known of a caller from what the network sent; never raises, whatever it is.

    `region` is the ISO 3166 country in which national numbers are dialled, e.g. `BG`. `extensions` is a regular
    expression for the whole of a company's own short number.
    """
    return _read((raw or "")[:_READ_LIMIT], region.upper(), extensions)


def mask(number: str) -> str:
    """Return a number as logs may show it: its last three digits (two of a short one), nothing else of it."""
    digits = "".join(c for c in number[-SHOWN_LIMIT:] if c.isdigit())
    return "***" + (digits[-3:] if len(digits) > 6 else digits[-2:] if len(digits) > 2 else "")


@lru_cache(maxsize=8192)
def _read(raw: str, region: str, extensions: str) -> CallerNumber:
    if _E164.fullmatch(raw) and _is_plain(raw):
        return CallerNumber(e164=raw)
    text = _user_part(_printable(raw))
    if text.lower() in _HIDDEN_CALLER or _ANONYMOUS_KEYS.fullmatch(text):
        return CallerNumber(e164=None, written=WITHHELD)
    if text.lower() in _NO_CALLER:
        return CallerNumber(e164=None, written=UNKNOWN)
    # A colleague's phone sends its extension as it is: digits dug out of rubbish are a stranger's.
    if text == raw.strip() and re.fullmatch(extensions, text, re.ASCII):
        return CallerNumber(e164=None, written=text[:SHOWN_LIMIT], extension=text)
    number = _public_number(text, region) if _WRITTEN_NUMBER.fullmatch(text) else None
    if number is None:
        return CallerNumber(e164=None, written=text[:SHOWN_LIMIT].rstrip())
    return CallerNumber(e164=phonenumbers.format_number(number, PhoneNumberFormat.E164))


@lru_cache(maxsize=1024)
def _international(e164: str) -> str:
    """Return a public number as people write it; most callers are shown to nobody, so it is worked out when asked."""
    return phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.INTERNATIONAL)[:SHOWN_LIMIT]


def _is_plain(e164: str) -> bool:
    """Tell whether a number in E.164 is public as it stands, as nearly every caller's is.

    The library says so too, but takes it apart and puts it together again, which costs a call more than its look-up.
    Where it would change anything (a national prefix after the country's code) it is left to it.
    """
    for size in (2, 3, 4):
        if (country := _country(e164[1:size])) is not None:
            national = e164[size:]
            return national[:1] not in country.doubtful and _has_length(country.code, len(national))
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Country:
    code: int
    doubtful: frozenset[str]
    """Digits with which a national prefix may begin; '' for no digit at all."""


@lru_cache(maxsize=2048)
def _country(code: str) -> _Country | None:
    """Return a country by its calling code; None where there is none of it."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code))
    if regions is None:
        return None
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(regions[0], None)
    prefix = metadata.national_prefix_for_parsing or "" if metadata else "any"
    plain = prefix[:1] if prefix.isdigit() or not prefix else "123456789"
    return _Country(code=int(code), doubtful=frozenset(("", "0", *plain)))


@lru_cache(maxsize=2048)
def _has_length(country_code: int, digits: int) -> bool:
    """Tell whether a country has numbers of so many digits; it is all that makes one possible."""
    return phonenumbers.is_possible_number(
        PhoneNumber(country_code=country_code, national_number=int("1" * digits or "0"))
    )


def _printable(raw: str) -> str:
    """Return the text on one line without controls, direction marks and the marks of broken UTF-8."""
    kept = (c if c.isprintable() else " " if c in "\t\r\n\u00a0" else "" for c in raw if c != "\ufffd")
    return " ".join(unicodedata.normalize("NFKC", "".join(kept)).split())


def _user_part(text: str) -> str:
    """Return what stands before the host of a SIP or tel URI, or the text as it is."""
    uri = _URI.search(text)
    return (uri[1] if uri else text.split("@", 1)[0]).strip(' "<>')


def _public_number(text: str, region: str) -> PhoneNumber | None:
    digits = re.sub(r"\D", "", text, flags=re.ASCII)
    # New ranges are in use before they are in the metadata: what is written with its prefix is believed when it can be.
    if text.startswith("+") or digits.startswith("00"):
        return _possible("+" + digits.removeprefix("00"), None)
    # Many trunks send the country code without a plus.
    for written, where in ((digits, region), ("+" + digits, None)):
        number = _parsed(written, where)
        if number and phonenumbers.is_valid_number(number):
            return number
    return _possible(digits, region) if digits.startswith("0") else None


def _possible(written: str, region: str | None) -> PhoneNumber | None:
    number = _parsed(written, region)
    return number if number and phonenumbers.is_possible_number(number) else None


def _parsed(written: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(written, region)
    except NumberParseException:
        return None
