"""Who may tell us of calls: reads a webhook and believes it only when it is signed, and about our own account."""

import asyncio
import logging
from functools import lru_cache
from ipaddress import ip_address, ip_network
from urllib.parse import unquote_plus

from aiohttp import web
from multidict import MultiDict

from telephony.carriers.twilio.forms import FormError, VoiceForm, voice_form
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.carriers.twilio.signature import Signatures

logger = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024
_MOST_FIELDS = 500
_READ_LIMIT_S = 5.0
_FORM = "application/x-www-form-urlencoded"


class Door:
    """Opens for what the account's cloud sends."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._signatures = Signatures(settings)
        self._public = settings.public_base_url
        self._account_sid = settings.account_sid
        self._proxies = tuple(ip_network(text) for text in settings.trusted_proxies)

    async def form(self, request: web.Request) -> VoiceForm:
        """Return what a webhook tells.

        Raises 413 for a body that is too long, 408 for one that does not come, 403 for one that nobody we know has
        signed or that is about another account, 415 for one that is no form, and 400 for one that names no call.
        """
        signed = await self._signed(request)
        try:
            if isinstance(signed, str):
                msg = "it is no form"
                raise FormError(msg)
            form = voice_form(signed)
        except FormError as fault:
            self._log(request, "twilio_bad_form", "a webhook cannot be read", str(fault))
            raise (web.HTTPUnsupportedMediaType if isinstance(signed, str) else web.HTTPBadRequest) from fault
        if form.account_sid != self._account_sid:
            self._log(request, "twilio_forged_account", "a webhook is about another account", "AccountSid is not ours")
            raise web.HTTPForbidden
        if form.odd_digits:
            told = {"action": "twilio_digits_dropped", "call_id": form.call_sid, "length": form.odd_digits}
            logger.warning("digits that are no keys were dropped", extra=told)
        return form

    async def _signed(self, request: web.Request) -> MultiDict[str] | str:
        body = await self._body(request)
        try:
            signed = _fields(body) if request.content_type == _FORM else body.decode()
        except ValueError as error:
            self._log(request, "twilio_bad_form", "a webhook cannot be read", "it is no text, or has too many fields")
            raise web.HTTPBadRequest from error
        headers = request.headers
        fault = self._signatures.fault(
            self._public + request.raw_path,
            signed,
            headers.get("X-Twilio-Signature", ""),
            headers.get("X-Twilio-Webhooks-Signature-Settings", ""),
        )
        if fault:
            self._log(request, "twilio_forged", "a webhook is not believed", fault)
            raise web.HTTPForbidden
        return signed

    async def _body(self, request: web.Request) -> bytes:
        content = request.content
        if content.is_eof():  # it came with the headers, as nearly always
            body = content.read_nowait()
        else:
            body = await self._late_body(request)
        if len(body) > MOST_BYTES:
            self._log(request, "twilio_long_body", "a webhook is too long", f"more than {MOST_BYTES} bytes")
            raise web.HTTPRequestEntityTooLarge(max_size=MOST_BYTES, actual_size=len(body))
        return body

    async def _late_body(self, request: web.Request) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(_READ_LIMIT_S):
                while len(body) <= MOST_BYTES and (chunk := await request.content.readany()):
                    body += chunk
        except TimeoutError as error:
            self._log(request, "twilio_late_body", "a webhook did not come to its end", "the sender is too slow")
            raise web.HTTPRequestTimeout from error
        return bytes(body)

    def _log(self, request: web.Request, action: str, text: str, reason: str) -> None:
        told = {"action": action, "path": request.path[:100], "peer": self._peer(request), "reason": reason}
        logger.warning(text, extra=told)

    def _peer(self, request: web.Request) -> str:
        """Return who asks: the peer, or what our own proxies say of theirs."""
        address = request.remote or ""
        forwarded = [part.strip() for line in request.headers.getall("X-Forwarded-For", []) for part in line.split(",")]
        # From the right: each proxy of ours adds what it saw; what is further left a stranger may have written
        while forwarded and self._is_proxy(address):
            address = forwarded.pop()
        return address[:64]

    def _is_proxy(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._proxies)


def _fields(body: bytes) -> MultiDict[str]:
    """Return a form's fields, blank ones and doubles too, for all of them are signed. Raises ValueError."""
    parts = body.decode("ascii").split("&")
    if len(parts) > _MOST_FIELDS:
        msg = "too many fields"
        raise ValueError(msg)
    pairs = [part.partition("=") for part in parts if part]
    # Most of it is plain, and the library is slow to see that
    return MultiDict(
        [
            (
                _unquoted(name) if "%" in name or "+" in name else name,
                _unquoted(value) if "%" in value or "+" in value else value,
            )
            for name, _, value in pairs
        ]
    )


@lru_cache(maxsize=4096)
def _unquoted(text: str) -> str:
    """Return what was meant. The same numbers come again and again, and a new one has nothing to take out but its +."""
    if text.startswith("%2B") and text[3:].isdigit():
        return f"+{text[3:]}"
    return unquote_plus(text)
