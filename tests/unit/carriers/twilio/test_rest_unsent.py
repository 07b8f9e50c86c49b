"""A provider that cannot be reached got nothing, and it is told so."""

import asyncio
import socket
from dataclasses import replace

import pytest

from telephony.carriers.twilio.rest import Rest
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.errors import CarrierUnavailableError
from tests.unit.carriers.twilio.bad_provider import ACCOUNT, CALL, TOKEN, BadProvider, call, says
from tests.unit.carriers.twilio.rest_house import PLACEMENT, QUICK, StandingClock

pytestmark = pytest.mark.usefixtures("no_proxy")


@pytest.mark.parametrize("base", ["http://127.0.0.1:{free}", "http://provider.invalid", "http://"])
async def test_what_cannot_be_reached_was_not_sent(base: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = base.replace("{free}", str(taken.getsockname()[1]))
        settings = TwilioSettings(account_sid=ACCOUNT, auth_token=TOKEN, api_base_url=url)
        async with Rest(settings, StandingClock(), QUICK) as rest:
            with pytest.raises(CarrierUnavailableError):
                await rest.place(PLACEMENT)


async def test_a_provider_without_tls_where_tls_is_wanted_got_nothing() -> None:
    async with BadProvider(says(call())) as provider:
        url = provider.url.replace("http:", "https:")
        settings = TwilioSettings(account_sid=ACCOUNT, auth_token=TOKEN, api_base_url=url)
        async with Rest(settings, StandingClock(), QUICK) as rest:
            with pytest.raises(CarrierUnavailableError):
                await rest.place(PLACEMENT)
        assert provider.asked == []


async def test_a_provider_that_never_shakes_hands_got_nothing() -> None:
    over = asyncio.Event()

    async def never(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    async with await asyncio.start_server(never, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = TwilioSettings(account_sid=ACCOUNT, auth_token=TOKEN, api_base_url=url)
        async with Rest(settings, StandingClock(), replace(QUICK, connect_s=0.3)) as rest:
            with pytest.raises(CarrierUnavailableError, match="in time"):
                await rest.place(PLACEMENT)
        over.set()


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    async with BadProvider(says(call())) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        settings = TwilioSettings(account_sid=ACCOUNT, auth_token=TOKEN, api_base_url="http://api.example.com")
        async with Rest(settings, StandingClock(), QUICK) as rest:
            await rest.hang_up(CALL)
        assert len(proxy.asked) == 1
