"""/Recordings of the REST API: https://www.twilio.com/docs/voice/api/recording."""

from aiohttp import web

from tests.fakes.twilio.audio import wav_parts
from tests.fakes.twilio.misbehave import CUT_OFF, cut
from tests.fakes.twilio.network import Network
from tests.fakes.twilio.recordings import Recording
from tests.fakes.twilio.resources import call_recording_resource, recording_resource
from tests.fakes.twilio.rest import not_found, page_of

STREAMED_FROM_S = 60.0


class RecordingsApi:
    """Shows, gives and deletes recordings. One that is not ready yet is not found as a file."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def routes(self, prefix: str = "") -> list[web.RouteDef]:
        account = prefix + "/2010-04-01/Accounts/{account}"
        one = account + r"/Recordings/{sid:RE[0-9a-fA-F]{32}}"
        return [
            web.get(f"{account}/Recordings.json", self.list),
            web.get(account + r"/Calls/{call:CA[0-9a-fA-F]{32}}/Recordings.json", self.list_of_call),
            web.get(f"{one}.json", self.fetch),
            web.delete(f"{one}.json", self.delete),
            web.delete(one, self.delete),
            web.get(f"{one}.wav", self.sound),
            web.get(f"{one}.mp3", self.sound),
            web.get(one, self.sound),
        ]

    async def list(self, request: web.Request) -> web.Response:
        call = request.query.get("CallSid")
        found = [
            recording_resource(one, self.network.base_url)
            for one in reversed(self.network.recordings.values())
            if call in (None, one.call_sid)
        ]
        return page_of(request, "recordings", found)

    async def list_of_call(self, request: web.Request) -> web.Response:
        call = request.match_info["call"]
        if call not in self.network.calls:
            raise not_found(request.path)
        found = [one for one in reversed(self.network.recordings.values()) if one.call_sid == call]
        return page_of(request, "recordings", [call_recording_resource(one) for one in found])

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(recording_resource(self._known(request), self.network.base_url))

    async def delete(self, request: web.Request) -> web.Response:
        del self.network.recordings[self._known(request).sid]
        return web.Response(status=204)

    async def sound(self, request: web.Request) -> web.StreamResponse:
        """Give the WAV, which stands for the MP3 too; a long one is streamed second by second."""
        recording = self._known(request)
        if recording.status != "completed":
            raise not_found(request.path)
        channels = min(recording.channels, int(request.query.get("RequestedChannels", recording.channels)))
        kind = "audio/mpeg" if request.path.endswith(".mp3") else "audio/x-wav"
        if recording.content is not None:
            return web.Response(body=recording.content, content_type=kind)
        if recording.seconds < STREAMED_FROM_S:
            return web.Response(body=b"".join(wav_parts(recording.seconds, channels)), content_type=kind)
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        for part in wav_parts(recording.seconds, channels):
            await response.write(part)
            if request.get(CUT_OFF):
                return cut(request)
        await response.write_eof()
        return response

    def _known(self, request: web.Request) -> Recording:
        recording = self.network.recordings.get(request.match_info["sid"])
        if recording is None:
            raise not_found(request.path)
        return recording
