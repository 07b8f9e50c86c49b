"""/Calls of the REST API: https://www.twilio.com/docs/voice/api/call-resource."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from aiohttp import web

from tests.fakes.twilio.call import Call, LineBrokenOffError, Subscription, Target
from tests.fakes.twilio.lives import Order, outgoing_life
from tests.fakes.twilio.network import Network
from tests.fakes.twilio.recordings import RecordingNews
from tests.fakes.twilio.resources import call_resource
from tests.fakes.twilio.rest import Fields, ProblemError, fields_of, moment, not_found, page_of
from tests.fakes.twilio.sids import E164, is_callable

_CREATE = (
    "To From Method FallbackUrl FallbackMethod StatusCallback StatusCallbackEvent StatusCallbackMethod SendDigits "
    "Timeout Record RecordingChannels RecordingStatusCallback RecordingStatusCallbackMethod SipAuthUsername "
    "SipAuthPassword MachineDetection MachineDetectionTimeout RecordingStatusCallbackEvent Trim CallerId "
    "MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout AsyncAmd "
    "AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod Byoc CallReason CallToken RecordingTrack TimeLimit "
    "ClientNotificationUrl Url Twiml ApplicationSid"
)
_UPDATE = "Url Method Status FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod Twiml TimeLimit"
CREATE_FIELDS, UPDATE_FIELDS = frozenset(_CREATE.split()), frozenset(_UPDATE.split())
EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
BAD_EVENT, UNKNOWN_FIELD = 21626, 20001
Form = Mapping[str, str]


class CallsApi:
    """Makes, shows, changes and lists calls."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.price = "-0.00850"
        """Per call, once it is known."""

    def routes(self, prefix: str = "") -> list[web.RouteDef]:
        calls = prefix + "/2010-04-01/Accounts/{account}/Calls"
        return [
            web.post(f"{calls}.json", self.create),
            web.get(f"{calls}.json", self.list),
            web.get(calls + r"/{sid:CA[0-9a-fA-F]{32}}.json", self.fetch),
            web.post(calls + r"/{sid:CA[0-9a-fA-F]{32}}.json", self.update),
            web.delete(calls + r"/{sid:CA[0-9a-fA-F]{32}}.json", self.delete),
        ]

    async def create(self, request: web.Request) -> web.Response:
        raw = await fields_of(request)
        form = self._form(raw, CREATE_FIELDS)
        call, first = self._call(form), _target(form)
        call.subscription = self._subscription(raw, call)
        self.network.add(call)
        order = Order(
            timeout_s=float(_whole(form, "Timeout", 60, 600)),
            limit_s=float(_whole(form, "TimeLimit", 14400, 86400)),
            records=form.get("Record") == "true",
            channels=2 if form.get("RecordingChannels") == "dual" else 1,
            recording_news=_recording_news(form),
            detects=form.get("MachineDetection", ""),
            async_url=form.get("AsyncAmdStatusCallback", "") if form.get("AsyncAmd") == "true" else "",
        )
        shown = self._shown(call)
        self.network.spawn(outgoing_life(self.network, call, first, order), f"twilio call {call.sid}")
        return web.json_response(shown, status=201)

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(self._known(request)))

    async def delete(self, request: web.Request) -> web.Response:
        call = self._known(request)
        if not call.is_over:
            raise ProblemError(409, 20409, "Call is in progress. Cannot delete.")
        del self.network.calls[call.sid]
        return web.Response(status=204)

    async def update(self, request: web.Request) -> web.Response:
        """Redirect a live call, or end one. What is over, or cannot be redirected yet, answers 21220."""
        call = self._known(request)
        form = self._form(await fields_of(request), UPDATE_FIELDS)
        if call.is_over:
            raise ProblemError(400, 21220, "Call is not in-progress. Cannot redirect.")
        if form.get("Url") or form.get("Twiml"):
            if not call.is_answered:
                raise ProblemError(400, 21220, "Call is not in-progress. Cannot redirect.")
            call.fallback_url = form.get("FallbackUrl", call.fallback_url)
            call.interrupt_by(LineBrokenOffError(_target(form)))
        elif form.get("Status") == "completed" or (form.get("Status") == "canceled" and not call.is_answered):
            call.interrupt_by(LineBrokenOffError(None, "canceled"))
        elif form.get("Status") not in (None, "canceled"):
            raise ProblemError(400, 21218, f"Invalid Status: {form['Status']}")
        return web.json_response(self._shown(call))

    async def list(self, request: web.Request) -> web.Response:
        query = request.query
        now_s = self.network.pace.seconds()
        found = [
            self._shown(call)
            for call in reversed(self.network.calls.values())
            if now_s - call.created_s >= self.network.pace.listed_after_s and _fits(call, query)
        ]
        return page_of(request, "calls", found)

    def _known(self, request: web.Request) -> Call:
        call = self.network.calls.get(request.match_info["sid"])
        if call is None:
            raise not_found(request.path)
        return call

    def _shown(self, call: Call) -> dict[str, object]:
        pace = self.network.pace
        priced = call.ended_s is not None and pace.seconds() - call.ended_s >= pace.price_after_s
        price = (self.price if call.duration_s else "0") if priced else None
        return call_resource(call, price)

    def _form(self, raw: Fields, known: frozenset[str]) -> dict[str, str]:
        form = dict(raw)
        for name in form.keys() - known:
            self.network.fault(UNKNOWN_FIELD, f"the API knows no field {name} here")
        return form

    def _call(self, form: Form) -> Call:
        to, sender = form.get("To", ""), form.get("From", "")
        if not to:
            raise ProblemError(400, 21201, "No 'To' number is specified")
        if not is_callable(to):
            raise ProblemError(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if not sender:
            raise ProblemError(400, 21213, "No 'From' number is specified")
        # The account's own, a verified one, or that of the caller for whom the call is made; to SIP and clients any
        ours = {*self.network.numbers, *self.network.verified, self.network.tokens.get(form.get("CallToken", ""))}
        if E164.fullmatch(to) and sender not in ours:
            raise ProblemError(400, 21210, f"'From' phone number not verified: {sender}")
        if not form.get("Url") and not form.get("Twiml") and not form.get("ApplicationSid"):
            raise ProblemError(400, 21205, "Url parameter is required.")
        for name in ("Url", "StatusCallback", "FallbackUrl"):
            if form.get(name) and not form[name].startswith(("http://", "https://")):
                raise ProblemError(400, 21205, f"{name} is not a valid URL: {form[name]}")
        address, _, headers = to.partition("?")
        return Call(
            pace=self.network.pace,
            account_sid=self.network.account_sid,
            direction="outbound-api",
            from_=sender,
            to=address,
            sip_headers=dict(parse_qsl(headers)),
            fallback_url=form.get("FallbackUrl", ""),
        )

    def _subscription(self, raw: Fields, call: Call) -> Subscription | None:
        """Tell who wants to be told.

        A list of events in a bad form is taken, and then nobody is told anything; only the debugger has 21626:
        https://github.com/qisoft/i-hate-making-calls/issues/31.
        """
        form = dict(raw)
        url = form.get("StatusCallback", "")
        events = {value for name, value in raw if name == "StatusCallbackEvent"}
        if events - EVENTS:
            self.network.fault(BAD_EVENT, f"StatusCallbackEvent {sorted(events)} is not understood", call)
            return None
        method = form.get("StatusCallbackMethod", "POST")
        return Subscription(url=url, events=frozenset(events or {"completed"}), method=method) if url else None


def _recording_news(form: Form) -> RecordingNews | None:
    url = form.get("RecordingStatusCallback", "")
    return RecordingNews(url=url, method=form.get("RecordingStatusCallbackMethod", "POST")) if url else None


def _whole(form: Form, name: str, otherwise: int, most: int) -> int:
    value = form.get(name, str(otherwise))
    if not value.isdecimal():
        raise ProblemError(400, 20001, f"Parameter {name} is not valid: {value}")
    return min(int(value), most)


def _target(form: Form) -> Target:
    return Target(url=form.get("Url", ""), method=form.get("Method", "POST").upper(), twiml=form.get("Twiml", ""))


def _fits(call: Call, query: Mapping[str, str]) -> bool:
    shown = "queued" if call.status == "initiated" else call.status
    parent = call.parent.sid if call.parent else None
    wanted = (("To", call.to), ("From", call.from_), ("Status", shown), ("ParentCallSid", parent))
    if any(query.get(name) not in (None, "", value) for name, value in wanted):
        return False
    return _is_within(call.started_at, "StartTime", query) and _is_within(call.ended_at, "EndTime", query)


def _is_within(at: datetime | None, name: str, query: Mapping[str, str]) -> bool:
    """Tell whether a time fits its three filters; a call without that time fits only none of them."""
    day, before, after = query.get(name), query.get(f"{name}<"), query.get(f"{name}>")
    if at is None:
        return not (day or before or after)
    whole = at.replace(microsecond=0)
    if day and not moment(day) <= whole < moment(day) + timedelta(days=1):
        return False
    return not (before and whole > moment(before)) and not (after and whole < moment(after))
