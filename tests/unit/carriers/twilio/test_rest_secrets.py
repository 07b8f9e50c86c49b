"""The account's token goes to the provider only: into no log, no error and to no other host."""

from collections.abc import Awaitable, Callable

import pytest

from telephony.carriers.twilio.http_client import at_base
from telephony.carriers.twilio.rest import Rest
from telephony.errors import CarrierError, OutcomeUnknownError
from tests.log_lines import all_logged
from tests.unit.carriers.twilio.bad_provider import TOKEN, call, cut_off, fault, says, sends
from tests.unit.carriers.twilio.rest_house import HTML, PLACEMENT, at

pytestmark = pytest.mark.usefixtures("no_proxy")

Ask = Callable[[Rest], Awaitable[object]]


async def test_nothing_is_logged_and_no_error_holds_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    said: list[str] = []
    asks: list[Ask] = [lambda rest: rest.place(PLACEMENT), lambda rest: rest.live_calls()]
    for answer in (sends(HTML, 500), fault(401, 20003), cut_off(), says(call())):
        async with at(answer) as (rest, _):
            for ask in asks:
                try:
                    await ask(rest)
                except CarrierError as error:
                    said.append(f"{error!r} {error.__cause__!r}")
            said.append(repr(rest))
    assert TOKEN not in "".join(said) + all_logged(caplog)
    assert [record for record in caplog.records if record.name.startswith("twilio")] == []


def test_a_next_page_at_another_host_is_not_asked() -> None:
    assert (
        at_base("https://api.twilio.com/2010-04-01/x", "https://a.example/api") == "https://a.example/api/2010-04-01/x"
    )
    for uri in ("https://evil.example/2010-04-01/x", "https://api.twilio.com.evil.example/x"):
        with pytest.raises(OutcomeUnknownError):
            at_base(uri, "https://api.twilio.com")
