"""The way of the cloud's callers into Asterisk: the context `ringside-agents`, and who may not come by it."""

from collections.abc import AsyncIterator

import pytest

from tests.integration import agi_servers
from tests.integration.agi_servers import AgiServer
from tests.integration.asterisk import AsteriskInstance
from tests.integration.sipp import OURSELVES, Sipp, UntilBye

pytestmark = pytest.mark.integration

CALL = "CA" + "0123456789abcdef" * 2
OURS = "+35924000000"
STRANGER = "127.0.0.4"


@pytest.fixture
async def ringside(asterisk: AsteriskInstance) -> AsyncIterator[AgiServer]:
    async with AgiServer(asterisk.ports.agi, agi_servers.finishes) as server:
        yield server


def told(server: AgiServer) -> tuple[str, str, str]:
    """Return the number dialled, the flow, and the mark of the call it is a part of, as the one call brought them."""
    [call] = server.calls
    return call.arguments[3], call.arguments[4], call.arguments[8]


async def test_a_caller_comes_as_a_part_of_the_clouds_call_with_its_flow(ringside: AgiServer, sipp: Sipp) -> None:
    caller = await sipp.cloud_calls(OURS, UntilBye(5), header=CALL, flow="main")
    await caller.ended(8)
    assert told(ringside) == (OURS, "main", f"ringside-part-of:{CALL}")


@pytest.mark.parametrize(
    "header",
    [
        "CA1",
        CALL * 2,
        "9" * 2000,
        f"{CALL}%0d%0aX-Other: 1",
        f"{CALL},,,1",
        f"{CALL}${{SHELL(id)}}",
        f'"{CALL}"',
        f"{CALL}Ж",
        f"ringside-part-of:{CALL}",
    ],
    ids=["short", "long", "endless", "escaped", "commas", "code", "quoted", "foreign", "mark"],
)
async def test_a_header_of_another_shape_is_a_call_like_others(ringside: AgiServer, sipp: Sipp, header: str) -> None:
    caller = await sipp.cloud_calls(OURS, UntilBye(5), header=header, flow='a,b&${EXTEN} %0d%0a"')
    await caller.ended(8)
    number, flow, mark = told(ringside)
    assert (number, mark) == (OURS, "")
    assert not set(flow) & set(',&${}% "')


async def test_a_number_with_letters_and_code_in_it_is_its_digits(ringside: AgiServer, sipp: Sipp) -> None:
    caller = await sipp.cloud_calls("+359abc,$SHELL(id)&x", UntilBye(5), header=CALL)
    await caller.ended(8)
    assert told(ringside) == ("+359", "", f"ringside-part-of:{CALL}")


@pytest.mark.parametrize(("called", "refused"), [("nobody", "404"), ("*98", "404"), ("s", "404"), ("199", "404")])
async def test_what_is_no_number_and_no_phone_is_not_found(
    ringside: AgiServer, sipp: Sipp, called: str, refused: str
) -> None:
    caller = await sipp.cloud_calls(called, UntilBye(5), header=CALL)
    with pytest.raises(AssertionError, match=refused):
        await caller.ended(8)
    assert ringside.calls == []


@pytest.mark.parametrize("name", ["trunk", "cloud", "111", "anonymous"])
@pytest.mark.parametrize("called", [OURS, "111"])
async def test_a_stranger_is_not_let_in_under_any_name(ringside: AgiServer, sipp: Sipp, name: str, called: str) -> None:
    stranger = await sipp.cloud_calls(called, UntilBye(5), header=CALL, number=name, ip=STRANGER)
    with pytest.raises(AssertionError, match="401 Unauthorized"):
        await stranger.ended(8)
    assert ringside.calls == []


async def test_the_provider_is_believed_nothing_about_the_clouds_calls(ringside: AgiServer, sipp: Sipp) -> None:
    caller = await sipp.cloud_calls(OURS, UntilBye(5), header=CALL, flow="main", number="cloud", ip=OURSELVES)
    await caller.ended(8)
    assert told(ringside) == (OURS, "", "")
