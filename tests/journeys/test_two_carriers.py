"""Two networks at a time: what is wanted goes where the call lives, and one network's bad day is not the other's."""

import pytest

from telephony.calls.events import CarrierDown, CarrierUp, LegAnswered, LegDialed, LegRinging
from telephony.calls.model import CallId, LegId
from telephony.errors import CarrierRefusedError
from telephony.journey import switchboard
from telephony.journey.carriers import Carriers
from telephony.ports import Carrier, Dial
from telephony.routing.agents import AgentState
from tests.fakes.flows import flows
from tests.fakes.house import MARIA, FakeCarrier, HandLine, House, open_house

FLOWS = flows()


def two() -> tuple[FakeCarrier, FakeCarrier, Carriers]:
    asterisk, twilio = FakeCarrier(), FakeCarrier()
    asterisk.name, twilio.name = "asterisk", "twilio"
    return asterisk, twilio, Carriers((asterisk, twilio))


def here(house: House, carrier: FakeCarrier, leg: str) -> LegId:
    carrier.lines[LegId(leg)] = HandLine(house, CallId(leg))
    return LegId(leg)


async def test_a_caller_is_woken_and_hung_up_where_they_are() -> None:
    async with open_house(FLOWS) as house:
        asterisk, twilio, both = two()
        as_port: Carrier = both
        local, cloud = here(house, asterisk, "1700.1"), here(house, twilio, "CA1")
        for leg in (local, cloud):
            await as_port.wake(leg)
            await as_port.hang_up(leg)
        assert (asterisk.woken, asterisk.hung_up) == ([local], [local])
        assert (twilio.woken, twilio.hung_up) == ([cloud], [cloud])
        assert both.has(local)
        assert both.has(cloud)


async def test_a_leg_that_nobody_knows_is_asked_of_the_first() -> None:
    asterisk, twilio, both = two()
    await both.hang_up(LegId("1700.9"))
    assert (asterisk.hung_up, twilio.hung_up) == ([LegId("1700.9")], [])
    assert not both.has(LegId("1700.9"))


async def test_each_is_heard_for_itself_and_all_are_well_only_together() -> None:
    asterisk, _, both = two()
    assert both.name == "asterisk, twilio"
    connected = [both.health.connected]
    asterisk.down = True
    assert [*connected, both.health.connected] == [True, False]
    assert [both.heard(name) for name in ("asterisk", "twilio", "nobody")] == [False, True, False]


async def test_a_call_is_placed_on_the_carrier_that_is_named() -> None:
    _, _, both = two()
    dial = Dial(leg_id=LegId("d1"), endpoint="tel:+359888100200", caller_id="", flow="main")
    with pytest.raises(CarrierRefusedError, match=r"set carriers\.cloud\.enabled"):
        await both.dial(dial, on="cloud")


async def talks(house: House, call: str, carrier: str) -> None:
    """Have Maria talk in a call of this carrier that its own plan brought to her."""
    at, call_id, leg_id, endpoint = house.clock.now(), CallId(call), LegId(f"{call}-leg"), "PJSIP/101"
    dialed = LegDialed(
        call_id=call_id,
        leg_id=leg_id,
        endpoint=endpoint,
        caller="+359888123456",
        caller_name="",
        called="101",
        from_endpoint="trunk",
        at=at,
        carrier=carrier,
    )
    house.switchboard.tell(dialed)
    house.switchboard.tell(LegRinging(call_id=call_id, leg_id=leg_id, endpoint=endpoint, at=at))
    house.switchboard.tell(LegAnswered(call_id=call_id, leg_id=leg_id, endpoint=endpoint, at=at))
    await house.settles()
    house.clock.passes(20)


@pytest.mark.parametrize(("lives_on", "comes_back"), [("twilio", "asterisk"), ("asterisk", "twilio")])
async def test_a_carrier_that_comes_back_closes_none_of_the_others_calls(
    monkeypatch: pytest.MonkeyPatch, lives_on: str, comes_back: str
) -> None:
    monkeypatch.setattr(switchboard, "LAST_LEG_LIMIT_S", 0.0)
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        await talks(house, "c1", lives_on)
        house.switchboard.tell(CarrierDown(at=house.clock.now(), carrier=comes_back))
        up = CarrierUp(live_calls=frozenset(), down_since=None, at=house.clock.now(), carrier=comes_back)
        house.switchboard.tell(up)
        await house.settles()
        assert list(house.switchboard.calls) == ["c1"]
        assert house.state(MARIA) is AgentState.ON_CALL
        house.switchboard.tell(
            CarrierUp(live_calls=frozenset(), down_since=None, at=house.clock.now(), carrier=lives_on)
        )
        await house.settles()
        assert house.switchboard.calls == {}
