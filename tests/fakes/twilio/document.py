"""A document of the customer's, read as Twilio reads it."""

from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from tests.fakes.twilio.schema import faults_of
from tests.fakes.twilio.values import Exchange

XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
"""Twilio reads all of these as TwiML; text/plain it would read aloud, and audio it would play, which we do not want."""
MOST_BYTES = 64 * 1024
"""https://www.twilio.com/docs/api/errors/11750"""


class DocumentError(Exception):
    """The answer cannot be executed; `code` is Twilio's number of it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One element of a document."""

    name: str
    attributes: dict[str, str]
    text: str
    nested: tuple["Verb", ...]
    document_url: str

    def get(self, name: str, otherwise: str = "") -> str:
        return self.attributes.get(name, otherwise)

    def whole(self, name: str, otherwise: int) -> int:
        value = self.attributes.get(name, "")
        return int(value) if value.isdecimal() else otherwise

    def is_set(self, name: str) -> bool:
        return self.attributes.get(name) == "true"

    def url(self, name: str, otherwise: str = "") -> str:
        """Give an attribute as an absolute URL."""
        value = self.attributes.get(name, "")
        return urljoin(self.document_url, value) if value else otherwise

    @property
    def url_of_text(self) -> str:
        return urljoin(self.document_url, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    url: str
    verbs: tuple[Verb, ...]
    faults: tuple[tuple[int, str], ...] = ()


def document_of(exchange: Exchange) -> Document:
    """Give the document of an answer. Raises DocumentError."""
    kind = exchange.content_type.split(";")[0].strip().lower()
    if kind not in XML_TYPES:
        raise DocumentError(12300, f"content type is {kind or 'missing'}, must be text/xml")
    return parsed(exchange.answer, exchange.url)


def parsed(content: bytes, url: str) -> Document:
    """Give the document of these bytes. Raises DocumentError."""
    if len(content) > MOST_BYTES:
        raise DocumentError(11750, f"the document has {len(content)} bytes, may have {MOST_BYTES}")
    try:
        root = ET.fromstring(content)
    except ET.ParseError as fault:
        raise DocumentError(12100, f"no XML: {fault}") from fault
    if root.tag != "Response":
        raise DocumentError(12100, f"the root is <{root.tag}>, must be <Response>")
    verbs = tuple(_verb(element, url) for element in root)
    return Document(url=url, verbs=verbs, faults=tuple(faults_of(root)))


def _verb(element: ET.Element, url: str) -> Verb:
    text = "".join(element.itertext()) if element.tag == "Say" else element.text or ""
    return Verb(
        name=element.tag,
        attributes=dict(element.attrib),
        text=" ".join(text.split()),
        nested=tuple(_verb(child, url) for child in element),
        document_url=url,
    )
