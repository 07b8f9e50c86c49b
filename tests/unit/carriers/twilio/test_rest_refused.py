"""A refusal says what to mend and is not sent again."""

import pytest

from telephony.carriers.twilio.refusals import OVER, RefusedError
from tests.unit.carriers.twilio.bad_provider import CALL, Answer, fault, sends
from tests.unit.carriers.twilio.rest_house import HTML, PLACEMENT, at

pytestmark = pytest.mark.usefixtures("no_proxy")


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (401, 20003, "RINGSIDE_TWILIO_AUTH_TOKEN"),
        (400, 21211, "not a telephone number"),
        (400, 21212, "check caller_id"),
        (400, 21214, "cannot be reached"),
        (400, 21215, "geographic permissions"),
        (400, OVER, "not in progress any more"),
        (404, 20404, "no such thing"),
        (429, 20429, "less often"),
    ],
)
async def test_a_refusal_says_what_to_mend_and_is_not_sent_again(status: int, code: int, advice: str) -> None:
    async with at(fault(status, code, "The provider's words")) as (rest, provider):
        with pytest.raises(RefusedError, match=advice) as refused:
            await rest.place(PLACEMENT)
        assert len(provider.asked) == 1
    assert (refused.value.status, refused.value.code) == (status, code)
    assert "The provider's words" in str(refused.value)


@pytest.mark.parametrize("answer", [sends(HTML, 404), sends(b"", 301, headers={"Location": "http://127.0.0.1:1/"})])
async def test_what_is_no_api_of_a_provider_is_told_so_and_not_followed(answer: Answer) -> None:
    async with at(answer) as (rest, provider):
        with pytest.raises(RefusedError):
            await rest.status_of(CALL)
        assert len(provider.asked) == 1


async def test_a_refusal_in_a_list_is_a_refusal() -> None:
    async with at(fault(401, 20003)) as (rest, _):
        with pytest.raises(RefusedError, match="account SID and token do not fit"):
            await rest.live_calls()
