"""What the cloud asks and tells, by address. Every answer is TwiML, and none takes longer than its limit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from telephony.calls.model import CallId
from telephony.carriers.twilio.addresses import recorded_by
from telephony.carriers.twilio.door import Door
from telephony.carriers.twilio.elsewhere import Elsewhere
from telephony.carriers.twilio.forms import VoiceForm
from telephony.carriers.twilio.lines import Lines
from telephony.carriers.twilio.media import NAME, PREFIX, Media
from telephony.carriers.twilio.music import LONGEST_PIECE_S, Music
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.carriers.twilio.twiml import EMPTY, Documents

logger = logging.getLogger(__name__)

_XML = "text/xml; charset=utf-8"
_WAV = "audio/wav"
_FOREVER = "public, max-age=31536000, immutable"
_FOR_AN_HOUR = "public, max-age=3600"
_UNREACHABLE = "112"
"""How the codes of errors begin that say that we could not be reached, or did not answer in time."""

Answering = Callable[[web.Request, VoiceForm], Awaitable[str]]


class RecordingsOwed(Protocol):
    """Who fetches recordings."""

    def expect(self, name: str, call_id: str, call_sid: str) -> None:
        """Take the news that a document was given to the call `call_sid` which may record, for a caller of ours.

        Never blocks.
        """
        ...

    def owe(self, name: str, sid: str, *, call_id: str, call_sid: str) -> None:
        """Fetch a finished recording as `<name>.wav`; the same one a second time changes nothing.

        `call_id` and `call_sid` as above. Never blocks. Raises ValueError for a name that cannot be used.
        """
        ...


class Webhooks:
    """The handlers under `/twilio/`. While `closed` callers are asked to come again in a moment; news are taken."""

    def __init__(
        self,
        settings: TwilioSettings,
        *,
        lines: Lines,
        documents: Documents,
        media: Media,
        elsewhere: Elsewhere,
        recordings: RecordingsOwed | None = None,
        hear: Callable[[str, VoiceForm], None] = lambda _attempt, _form: None,
        refuse: Callable[[VoiceForm], None] = lambda _form: None,
    ) -> None:
        """Take what each handler needs.

        `hear` is told of every word of a call that we placed, with the attempt's name; `refuse` of a phone that is rung
        for a caller who is not here.
        """
        self._refuse = refuse
        self._hear = hear
        self.closed = True
        self._door = Door(settings)
        self._lines = lines
        self._documents = documents
        self._media = media
        self._music = Music(settings.music_dir)
        self._recordings = recordings
        self._elsewhere = elsewhere

    def routes(self) -> list[web.RouteDef]:
        """Return every address and its handler."""
        asked = {
            "voice": self._while_open(self._voice),
            "voice/next": self._while_open(self._next),
            "voice/wait": self._while_open(self._wait),
            "agent": self._while_open(self._agent),
            "voice/there": self._while_open(self._there),
            "voice/back": self._while_open(self._back),
            "leg": self._leg,
            "status": self._status,
            "recording": self._recording,
            "fallback": self._fallback,
        }
        return [
            *(web.post(f"/twilio/{path}", self._answering(handler)) for path, handler in asked.items()),
            web.get(f"{PREFIX}/{{name:{NAME}}}.wav", self._prompt),
            web.get(f"{PREFIX}/music/{{name:{NAME}}}.wav", self._piece),
        ]

    def _answering(self, handler: Answering) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            form = await self._door.form(request)
            if attempt := request.query.get("attempt", ""):
                self._hear(attempt, form)
            document = await handler(request, form)
            self._expect_recording(document, form)
            return web.Response(body=document.encode(), headers={hdrs.CONTENT_TYPE: _XML})

        return answer

    def _expect_recording(self, document: str, form: VoiceForm) -> None:
        """See to it that what a document records is fetched, though its callback may be lost."""
        if self._recordings is not None and (recorded := recorded_by(document)):
            call_id, name = recorded
            self._recordings.expect(name, call_id, form.call_sid)

    def _while_open(self, handler: Answering) -> Answering:
        """Have callers ask the same again while there is nobody to serve them: they outlive our restarts."""

        async def answer(request: web.Request, form: VoiceForm) -> str:
            document = "" if self.closed else await handler(request, form)
            # What is closed meanwhile leaves those it kept waiting without an answer
            return self._documents.come_again(_back_again(request, form)) if self.closed else document

        return answer

    # --- calls ---

    async def _voice(self, request: web.Request, form: VoiceForm) -> str:
        flow = request.query.get("flow", "")
        is_new = self._lines.find(form.call_sid) is None and not form.answered and not request.query.get("attempt")
        if is_new and (document := self._elsewhere.taking(form, flow, asyncio.get_running_loop().time())):
            return document
        line = self._lines.of(form, flow)
        return EMPTY if line is None else await line.begin(form)

    async def _there(self, request: web.Request, form: VoiceForm) -> str:
        """Take a caller of ours to Asterisk, who was sent here for it."""
        line = self._lines.find(form.call_sid)
        flow = line.offered.flow if line is not None else ""
        now = asyncio.get_running_loop().time()
        token = line.rings.token if line is not None else ""
        document = self._elsewhere.taking(form, flow, now, wanted=line is not None, token=token)
        if document:
            self._lines.part_with(form.call_sid)
            return document
        if form.over:
            self._lines.end(form.call_sid)
        return EMPTY if line is None else await line.begin(form)

    async def _back(self, request: web.Request, form: VoiceForm) -> str:
        """Take a caller back whom Asterisk did not serve to the end; nobody else comes here."""
        if form.over:
            self._elsewhere.end(form.call_sid)
            return EMPTY
        line = self._lines.find(form.call_sid)
        if line is None:
            status = form.dial_status or request.query.get("was", "")
            token = self._elsewhere.token_of(CallId(form.call_sid))
            # Those who were there before we were started, or were answered, may have been in a flow
            again = status == "completed" or not self._elsewhere.is_ours(CallId(form.call_sid))
            served = await self._elsewhere.is_served(form, request.query.get("why", ""), status)
            if served is None:
                return self._documents.come_again(_back_again(request, form))
            if served:
                self._elsewhere.end(form.call_sid)
                return self._documents.hang_up()
            line = self._lines.of(form, request.query.get("flow", ""), again=again, token=token)
        return EMPTY if line is None else await line.begin(form)

    async def _next(self, request: web.Request, form: VoiceForm) -> str:
        line = self._lines.find(form.call_sid)
        if line is None:
            # We were started anew, and the caller is still there
            line = self._lines.of(form, request.query.get("flow", ""), again=True)
            return EMPTY if line is None else await line.begin(form)
        turn = _whole(request.query.get("turn", ""))
        return await line.go_on(form, turn, request.query.get("why", ""))

    async def _wait(self, request: web.Request, form: VoiceForm) -> str:
        """Tell what a caller hears while an agent's phone is rung by a call of its own."""
        line = self._lines.find(form.call_sid)
        if line is None:  # we were started anew: the caller goes on at `next`
            return self._documents.rings.leave()
        line.hear(form)
        return await line.rings.waits(form, _whole(request.query.get("turn", "")))

    async def _agent(self, request: web.Request, form: VoiceForm) -> str:
        """Tell what an agent hears who has answered."""
        line = self._lines.find(request.query.get("call", ""))
        if line is None:
            return self._documents.rings.refuse()
        return line.rings.taken(form, request.query.get("ring", ""), pressed=bool(request.query.get("pressed")))

    async def _fallback(self, request: web.Request, form: VoiceForm) -> str:
        told = {
            "action": "twilio_fallback",
            "call_id": form.call_sid,
            "code": form.error_code,
            "path": _path(form.error_url),
        }
        logger.error("the cloud could not use our answer and asked the fallback: see its code", extra=told)
        if self.closed and form.error_code.startswith(_UNREACHABLE):
            return self._documents.come_again(request.raw_path.replace("/fallback", "/voice", 1))
        known = self._lines.find(form.call_sid)
        if form.error_code.startswith(_UNREACHABLE):  # now we are reached
            line = known or self._lines.of(form, request.query.get("flow", ""))
            again = await line.try_again(form) if line else EMPTY
            if again is not None:
                return again
        if known is not None:
            known.leave()
        return self._documents.hand_over()

    # --- news ---

    async def _status(self, request: web.Request, form: VoiceForm) -> str:
        line = self._lines.find(form.call_sid)
        if line is None:
            told = {"action": "twilio_unknown_call", "call_id": form.call_sid, "status": form.status}
            logger.info("news of a call that is not here", extra=told)
        if form.over and form.call_sid in self._elsewhere:
            self._elsewhere.end(form.call_sid)
        elif form.over:
            self._lines.end(form.call_sid)
        elif line is not None:
            line.hear(form)
        return EMPTY

    async def _leg(self, request: web.Request, form: VoiceForm) -> str:
        query = request.query
        call, own = query.get("call", ""), bool(query.get("own"))
        line = self._lines.find(call)
        if line is None:
            if own:
                self._refuse(form)
            told = {"action": "twilio_unknown_call", "call_id": call[:64], "leg_id": form.call_sid}
            logger.info("news of a phone whose caller is not here", extra=told)
        else:
            ring_id, asked = query.get("ring", ""), bool(query.get("asked"))
            line.rings.note(form, ring_id, query.get("endpoint", ""), asked=asked, own=own)
            line.heard_at = asyncio.get_running_loop().time()
        return EMPTY

    async def _recording(self, request: web.Request, form: VoiceForm) -> str:
        name = request.query.get("name", "")
        told = {"action": "twilio_recording", "call_id": form.call_sid, "recording": name[:150]}
        if form.recording_status not in {"completed", ""} or not form.recording_sid:
            told["status"] = form.recording_status
            logger.warning("the cloud has no recording for us", extra=told)
        elif self._recordings is None:
            logger.error("a recording is not fetched: no place for recordings is set", extra=told)
        else:
            try:
                call_id = request.query.get("call", "")
                self._recordings.owe(name, form.recording_sid, call_id=call_id, call_sid=form.call_sid)
            except ValueError as fault:
                logger.warning("a recording is not fetched", extra={**told, "reason": str(fault)})
        return EMPTY

    # --- sounds ---

    async def _prompt(self, request: web.Request) -> web.StreamResponse:
        file = self._media.file(request.match_info["name"])
        if not await asyncio.to_thread(file.is_file):
            logger.error("a prompt that is fetched is not there", extra={"action": "prompt_missing", "file": file.name})
            raise web.HTTPNotFound
        return web.FileResponse(file, headers={hdrs.CACHE_CONTROL: _FOREVER, hdrs.CONTENT_TYPE: _WAV})

    async def _piece(self, request: web.Request) -> web.StreamResponse:
        from_s, for_s = (_whole(request.query.get(name, "")) for name in ("from_s", "for_s"))
        if not 0 <= from_s <= 10**6 or not 1 <= for_s <= LONGEST_PIECE_S:
            raise web.HTTPBadRequest(text=f"from_s and for_s are whole seconds; for_s is 1 to {LONGEST_PIECE_S}")
        piece = await asyncio.to_thread(self._music.piece, request.match_info["name"], from_s, for_s)
        return web.Response(body=piece, headers={hdrs.CONTENT_TYPE: _WAV, hdrs.CACHE_CONTROL: _FOR_AN_HOUR})


def _back_again(request: web.Request, form: VoiceForm) -> str:
    """Return the address with what became of a talk elsewhere: who is sent there again is not told a second time."""
    if not form.dial_status or "was" in request.query or not request.path.endswith("/voice/back"):
        return request.raw_path
    return f"{request.raw_path}{'&' if request.query_string else '?'}was={form.dial_status}"


def _whole(text: str) -> int:
    """Return a whole number, -1 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _path(url: str) -> str:
    """Return an address without its query, in which there may be numbers; '' for what is none."""
    try:
        return urlsplit(url).path[:100]
    except ValueError:
        return ""
