"""Checks the account in the cloud: our credentials, where its numbers lead, and the way back to us."""

import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp
from twilio.request_validator import RequestValidator

from telephony.carriers.twilio.http_session import Pace, told_plainly
from telephony.carriers.twilio.refusals import RefusedError
from telephony.carriers.twilio.rest import Rest
from telephony.carriers.twilio.rest_answers import AccountState, OurNumber
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.cli import company
from telephony.cli.clock import MachineClock
from telephony.cli.doctor.finding import Finding, fail, ok, warn
from telephony.cli.doctor.parts import agents
from telephony.errors import CarrierError, FlowError
from telephony.settings import Configuration
from telephony.settings.domain import twilio_of

ABOUT = "twilio"
WAY, NUMBER = "twilio way", "twilio number"
LIMIT_S = 5.0
NO_ENTRY = frozenset({401, 403})
WAIT_TEXT = "one_moment"


async def account(configured: Configuration) -> Sequence[Finding]:
    """Tell whether the cloud lets us in, and whether its numbers lead here."""
    settings = twilio_of(configured)
    try:
        async with Rest(settings, MachineClock(), Pace(connect_s=LIMIT_S, request_s=LIMIT_S)) as rest:
            found = [_state(settings, await rest.account())]
            return [*found, *_numbers(settings, await rest.numbers())]
    except RefusedError as error:
        if error.status not in NO_ENTRY:
            raise
        return [
            fail(
                ABOUT,
                f"{urlsplit(settings.api_base_url).hostname} does not let us in: {error}",
                "compare carriers.twilio.account_sid and RINGSIDE_TWILIO_AUTH_TOKEN with the console",
            )
        ]
    except CarrierError as error:
        return [fail(ABOUT, f"{settings.api_base_url}: {error}", "check carriers.twilio.api_base_url and the network")]


def _state(settings: TwilioSettings, told: AccountState) -> Finding:
    if told.status != "active":
        return fail(ABOUT, f"the account is {told.status or 'in no known state'}", "see its console")
    if told.is_trial:
        return warn(ABOUT, "it is a trial account: it calls verified numbers only", "upgrade it in the console")
    return ok(ABOUT, f"account {settings.account_sid} lets us in")


def _numbers(settings: TwilioSettings, numbers: Sequence[OurNumber]) -> list[Finding]:
    here = [number for number in numbers if _leads_to(settings, "voice", number.voice_url)]
    voice = f"{settings.public_base_url}/twilio/voice"
    if not here:
        led = "; ".join(f"{number.number} leads to {_elsewhere(number)}" for number in numbers[:5]) or "it has none"
        return [
            fail(NUMBER, f"no number of the account leads here: {led}", f"set a number's voice URL to {voice} (POST)")
        ]
    return [finding for number in here for finding in _number(settings, number)]


def _number(settings: TwilioSettings, number: OurNumber) -> list[Finding]:
    base = f"{settings.public_base_url}/twilio"
    found = []
    if number.handled_by:
        taken = f"{number.number}: its calls go to {number.handled_by} and not to its voice URL"
        found.append(fail(NUMBER, taken, "take the application or the trunk away from the number"))
    if number.voice_method != "POST":
        asked = f"{number.number}: its voice URL is asked by {number.voice_method or 'GET'}"
        found.append(fail(NUMBER, asked, "set its method to POST"))
    if not number.fallback_url:
        lost = f"{number.number} has no fallback URL: callers are lost while we cannot be reached"
        found.append(warn(NUMBER, lost, f"set it to {base}/fallback, or to a place that works without us"))
    if not _leads_to(settings, "status", number.status_callback):
        late = f"{number.number}: its status callback does not lead here: that a caller hung up is noticed late"
        found.append(warn(NUMBER, late, f"set it to {base}/status (POST)"))
    return found or [ok(NUMBER, f"{number.number} leads here")]


def _leads_to(settings: TwilioSettings, hook: str, url: str) -> bool:
    return url.partition("?")[0] == f"{settings.public_base_url}/twilio/{hook}"


def _elsewhere(number: OurNumber) -> str:
    return number.handled_by or urlsplit(number.voice_url).hostname or "nowhere"


async def way(configured: Configuration) -> Sequence[Finding]:
    """Tell whether a webhook comes through to the running server as it was sent."""
    settings = twilio_of(configured)
    public = settings.public_base_url
    try:
        with told_plainly():
            limits = aiohttp.ClientTimeout(total=LIMIT_S)
            async with aiohttp.ClientSession(timeout=limits, cookie_jar=aiohttp.DummyCookieJar()) as session:
                if not await _is_alive(session, public):
                    return [
                        fail(
                            WAY,
                            f"{public}/healthz is answered by something else",
                            "correct server.public_base_url, or lead that address to server.listen_port; is the "
                            "server running?",
                        )
                    ]
                return [_passed(await _sent_signed(session, settings))]
    except CarrierError:
        return [
            fail(
                WAY,
                f"{public} cannot be reached from here",
                "ringside serve, and lead that address to server.listen_port with a certificate that is valid",
            )
        ]


async def _is_alive(session: aiohttp.ClientSession, public: str) -> bool:
    async with session.get(f"{public}/healthz", allow_redirects=False) as answer:
        return answer.status == 200 and b'"alive"' in await answer.content.read(200)


async def _sent_signed(session: aiohttp.ClientSession, settings: TwilioSettings) -> int:
    """Send news of a call that never was, signed; return the answer's status."""
    url = f"{settings.public_base_url}/twilio/status"
    form = {
        "CallSid": f"CA{secrets.token_hex(16)}",
        "AccountSid": settings.account_sid,
        "CallStatus": "completed",
        "Direction": "inbound",
    }
    signature = RequestValidator(settings.auth_token).compute_signature(url, form)
    async with session.post(url, data=form, headers={"X-Twilio-Signature": signature}, allow_redirects=False) as answer:
        return answer.status


def _passed(status: int) -> Finding:
    match status:
        case 200:
            return ok(WAY, "a signed webhook comes through to the running server")
        case 403:
            return fail(
                WAY,
                "a webhook signed by us is not believed",
                "restart the server if its token or public_base_url was changed; else let the proxy pass address and "
                "body on as they are",
            )
        case _:
            return fail(
                WAY,
                f"a webhook is answered with status {status}",
                "let POST requests to /twilio/ through the proxy; if the server was started without "
                "carriers.twilio.enabled, restart it",
            )


async def callers(configured: Configuration) -> Sequence[Finding]:
    """Tell what callers of the cloud would miss."""
    settings, found = twilio_of(configured), []
    if not settings.fallback_number:
        lost = "callers whom Ringside cannot serve are hung up on"
        found.append(warn(ABOUT, lost, "set carriers.twilio.fallback_number"))
    if not settings.sip_dial and any(agent.endpoint.startswith("PJSIP/") for agent in await agents(configured)):
        unreached = "agents at extensions are not rung for callers of the cloud"
        found.append(warn(ABOUT, unreached, "set carriers.twilio.sip_dial, or give the agents a mobile"))
    languages = _without_a_word(configured)
    if languages:
        silent = f"callers hear nothing while they wait for the server, in {', '.join(languages)}"
        found.append(warn(ABOUT, silent, f"give the text {WAIT_TEXT} in these languages; then ringside prompts render"))
    return found


def _without_a_word(configured: Configuration) -> tuple[str, ...]:
    try:
        texts = company.flows(configured).texts
    except FlowError:
        return ()  # told by the flows
    return texts.lacking(WAIT_TEXT, configured.settings.company.languages)
