"""What agents see of calls that went on while Asterisk was not heard: after a lost link, and after a restart."""

from telephony.calls.events import CarrierDown, CarrierEvent, CarrierUp
from telephony.calls.model import AgentId, CallId
from telephony.routing.agents import AgentState
from tests.fakes.cel import a_short_call
from tests.fakes.channel_list import CALL, MEMBER, RINGING, HeardAsterisk, caller, channel, in_queue
from tests.fakes.flows import flows
from tests.fakes.house import IVAN, MARIA, House, open_house

FLOWS = flows()
MARIAS, IVANS = "PJSIP/101", "PJSIP/102"


async def tell(house: House, *events: tuple[CarrierEvent, ...]) -> None:
    for told in events:
        for event in told:
            house.switchboard.tell(event)
    await house.settles()


async def loses_and_finds(
    house: House, asterisk: HeardAsterisk, *channels: dict[str, str], queued: tuple[dict[str, str], ...] = ()
) -> None:
    """Let the link drop and come back, when Asterisk shows these channels and waiting callers."""
    house.switchboard.tell(CarrierDown(at=house.clock.now()))
    house.clock.passes(20)
    up = CarrierUp(live_calls=frozenset({CallId(CALL)}), down_since=None, at=house.clock.now())
    await tell(house, (up,), asterisk.shows(*channels, queued=queued))


def ringing(endpoint: str, leg: str) -> dict[str, str]:
    return channel(f"{endpoint}-{leg}", leg, state=RINGING, **MEMBER)


def talking(endpoint: str, leg: str) -> dict[str, str]:
    return channel(f"{endpoint}-{leg}", leg, bridge="b", **MEMBER)


def pops(house: House, agent: AgentId) -> list[tuple[object, object]]:
    """Return each pop once, with its kind and queue."""
    cards = {card["pop_id"]: (card["kind"], card["queue"]) for card in house.screens.calls(agent)}
    return list(cards.values())


def phase(house: House, agent: AgentId) -> object:
    return house.screens.calls(agent)[-1]["phase"]


async def marias_phone_rings(house: House, asterisk: HeardAsterisk) -> None:
    """Let app_queue ring Maria."""
    house.ready(MARIA, IVAN)
    await tell(house, asterisk.joins(), asterisk.dials(MARIAS, "1.2"), asterisk.rings(MARIAS, "1.2"))
    assert house.state(MARIA) is AgentState.RINGING


async def test_when_another_agent_answers_unheard_the_first_is_free_and_the_other_has_the_pop(house: House) -> None:
    asterisk = HeardAsterisk()
    await marias_phone_rings(house, asterisk)
    await loses_and_finds(house, asterisk, caller(bridge="b"), talking(IVANS, "1.3"))
    assert [(gone["reason"], gone["by"]) for gone in house.screens.gone(MARIA)] == [("answered_elsewhere", "Ivan")]
    assert (pops(house, IVAN), phase(house, IVAN)) == ([("queue", "sales")], "talking")
    assert (house.state(MARIA), house.state(IVAN)) == (AgentState.READY, AgentState.ON_CALL)


async def test_an_agent_whose_phone_stopped_ringing_unheard_is_free_while_the_caller_waits_on(house: House) -> None:
    asterisk = HeardAsterisk()
    await marias_phone_rings(house, asterisk)
    await loses_and_finds(house, asterisk, caller(), queued=(in_queue(),))
    assert [gone["reason"] for gone in house.screens.gone(MARIA)] == ["not_answered"]
    assert house.state(MARIA) is AgentState.READY


async def test_a_phone_that_was_rung_again_unheard_pops_anew_and_its_agent_is_not_free(house: House) -> None:
    asterisk = HeardAsterisk()
    await marias_phone_rings(house, asterisk)
    await loses_and_finds(house, asterisk, caller(), ringing(MARIAS, "1.3"), queued=(in_queue(),))
    assert pops(house, MARIA) == [("queue", "sales")] * 2
    assert (phase(house, MARIA), house.state(MARIA)) == ("ringing", AgentState.RINGING)


async def test_a_phone_that_rings_on_over_a_lost_link_pops_once(house: House) -> None:
    asterisk = HeardAsterisk()
    await marias_phone_rings(house, asterisk)
    await loses_and_finds(house, asterisk, caller(), ringing(MARIAS, "1.2"), queued=(in_queue(),))
    assert pops(house, MARIA) == [("queue", "sales")]
    assert house.screens.gone(MARIA) == []


async def test_an_agent_who_answers_unheard_is_seen_talking_in_the_same_pop(house: House) -> None:
    asterisk = HeardAsterisk()
    await marias_phone_rings(house, asterisk)
    for _ in range(2):
        await loses_and_finds(house, asterisk, caller(bridge="b"), talking(MARIAS, "1.2"))
        assert (pops(house, MARIA), phase(house, MARIA)) == ([("queue", "sales")], "talking")
        assert house.state(MARIA) is AgentState.ON_CALL


async def test_a_caller_of_ours_is_rung_on_undisturbed_and_the_agent_chosen_unheard_has_one_pop(house: House) -> None:
    house.ready(MARIA)
    person = await house.in_line(CALL)
    assert person.is_rung_through == MARIA
    asterisk, rung = HeardAsterisk(), caller("Dial", f"{MARIAS},20,gm(default)")
    await loses_and_finds(house, asterisk, rung, channel(f"{MARIAS}-2", "1.2", state=RINGING))
    await tell(house, asterisk.dials(MARIAS, "1.2", rung), asterisk.rings(MARIAS, "1.2"))
    assert pops(house, MARIA) == [("queue", "sales")]
    assert (person.is_rung_through, house.state(MARIA)) == (MARIA, AgentState.RINGING)
    assert house.switchboard.failures == 0


async def test_a_phone_that_rings_while_ringside_starts_pops_once(house: House) -> None:
    house.ready(MARIA)
    asterisk = HeardAsterisk()
    await loses_and_finds(house, asterisk, caller(), ringing(MARIAS, "1.2"), queued=(in_queue(),))
    await tell(house, asterisk.dials(MARIAS, "1.2"), asterisk.rings(MARIAS, "1.2"))
    assert pops(house, MARIA) == [("queue", "sales")]
    assert house.state(MARIA) is AgentState.RINGING


async def test_a_caller_who_waited_in_a_queue_before_ringside_started_pops_as_its_caller(house: House) -> None:
    house.ready(MARIA)
    asterisk = HeardAsterisk()
    await loses_and_finds(house, asterisk, caller(), queued=(in_queue(),))
    await tell(house, asterisk.dials(MARIAS, "1.2"), asterisk.rings(MARIAS, "1.2"))
    assert pops(house, MARIA) == [("queue", "sales")]


async def test_a_talk_that_goes_on_over_a_restart_has_its_pop_and_its_entry_the_path_of_before() -> None:
    async with open_house(FLOWS) as before:
        before.ready(MARIA)
        await before.in_line(CALL)
        steps = list(before.timeline.steps)
    async with open_house(FLOWS) as house:
        house.timeline.steps = steps
        house.ready(MARIA)
        asterisk = HeardAsterisk()
        await loses_and_finds(house, asterisk, caller("Dial", MARIAS, bridge="b"), talking(MARIAS, "1.2"))
        assert (phase(house, MARIA), house.state(MARIA)) == ("talking", AgentState.ON_CALL)
        hangup = {"Channel": f"{MARIAS}-1.2", "Uniqueid": "1.2", "Linkedid": CALL, "Cause": "16"}
        await tell(house, asterisk.says("Hangup", hangup), tuple(a_short_call(CALL)))
        entry = house.timeline.entries[CallId(CALL)]
        assert [step.event for step in entry.path] == [step.event for step in steps]
        assert entry.queue == "sales"
