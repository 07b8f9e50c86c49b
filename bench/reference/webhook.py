"""A bare webhook: checks the signature and answers fixed TwiML. Beside it a cloud's API in which no call lives."""

import asyncio
import sys

import uvloop
from aiohttp import web
from twilio.request_validator import RequestValidator

from bench import places

GATHER = (
    '<?xml version="1.0" encoding="UTF-8"?><Response><Gather action="https://bench.example/twilio/voice/next?turn=1" '
    'input="dtmf" method="POST" numDigits="1" timeout="5"><Play>https://bench.example/twilio/media/menu.wav</Play>'
    "</Gather></Response>"
)
validator = RequestValidator(sys.argv[1])


async def answer(request: web.Request) -> web.Response:
    form = await request.post()
    if not validator.validate(places.PUBLIC + request.raw_path, form, request.headers.get("X-Twilio-Signature", "")):
        raise web.HTTPForbidden
    return web.Response(text=GATHER, content_type="text/xml")


async def no_calls(_request: web.Request) -> web.Response:
    return web.json_response({"calls": [], "next_page_uri": None, "page": 0, "page_size": 100})


async def main() -> None:
    app = web.Application()
    app.router.add_post("/twilio/{hook}", answer)
    app.router.add_get("/2010-04-01/Accounts/{account}/Calls.json", no_calls)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, places.HOST, places.REFERENCE_PORT, backlog=1024).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
