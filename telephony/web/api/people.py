"""Log-in, log-out, who am I, my phone."""

from aiohttp import web
from yarl import URL

from telephony.web.api.models import BrowserPhone, LoginRequest, me_of
from telephony.web.asked import Asked
from telephony.web.problems import ProblemError


async def log_in(asked: Asked) -> web.StreamResponse:
    """Open a session."""
    wanted = await asked.body(LoginRequest)
    user, token = await asked.house.door.log_in(asked.request, wanted.login.strip(), wanted.password)
    response = web.json_response(text=me_of(user).model_dump_json())
    asked.house.door.put_cookie(response, token)
    return response


async def log_out(asked: Asked) -> web.StreamResponse:
    """End the session, in every tab of this browser."""
    await asked.house.door.log_out(asked.who)
    asked.house.sockets.log_out(asked.who.session)
    response = web.Response(status=204)
    asked.house.door.take_cookie(response)
    return response


async def me(asked: Asked) -> web.StreamResponse:
    """Tell who is logged in."""
    return web.json_response(text=me_of(asked.who.user).model_dump_json())


async def my_phone(asked: Asked) -> web.StreamResponse:
    """Give the user their own browser phone's credentials."""
    user = asked.who.user
    if user.agent is None or not user.sip_password:
        raise ProblemError(
            404,
            "no-browser-phone",
            "You have no browser phone",
            what_to_do="Calls ring at your desk phone; a supervisor can give you a browser phone.",
        )
    settings = asked.house.settings
    host = URL.build(scheme="http", authority=asked.request.host).host or "127.0.0.1"
    name = user.agent.endpoint.rpartition("/")[2]
    phone = BrowserPhone(
        ws_url=sip_ws_url(settings.sip_ws_url, host),
        uri=f"sip:{name}@{settings.sip_domain or host}",
        user=name,
        password=user.sip_password,
        display_name=user.name,
        ice_servers=list(settings.ice_servers),
    )
    return web.json_response(text=phone.model_dump_json())


def sip_ws_url(configured: str, host: str) -> str:
    """Give where browser phones register; `host` is the page's host without port."""
    return configured or f"ws://{f'[{host}]' if ':' in host else host}:8088/ws"
