"""An agent takes a call and hangs up before the caller is there: who waits is not forgotten, whatever is told of it."""

import asyncio
from collections.abc import Coroutine

from telephony.calls.commands import Ring
from telephony.calls.events import CallOffered, LegAnswered, LegEnded, RingEnded, RingOutcome
from telephony.calls.model import AgentId, CallId, LegId
from telephony.carriers.twilio.call_rate import CallRate
from telephony.carriers.twilio.line import TwilioLine
from telephony.carriers.twilio.ringer import Ringer
from telephony.carriers.twilio.twiml import Documents
from tests.fakes.virtual_time import NOON, LoopClock, play
from tests.unit.carriers.twilio.cloud import PaperCalls
from tests.unit.carriers.twilio.house import CALL, LEG, PaperSounds, WritingTaker, account, batch, form, settle

RING = Ring(agent=AgentId("maria"), endpoint="client:maria")
MEETS_S, HEARS_S = 5, 20
"""The agent's document gives up after the one; the caller hears a piece of music for the other."""


def test_a_caller_who_is_never_met_is_sent_on_though_nothing_tells_that_the_agent_is_gone() -> None:
    async def story() -> WritingTaker:
        taker, tasks = WritingTaker(), set[asyncio.Task[None]]()
        line = in_the_cloud(taker, tasks)
        line.perform(batch(RING))
        document = await line.begin(form())
        ring_id = document.partition(f"ringside-{CALL}-")[2].partition("<")[0]
        assert "<Play>" in await line.rings.waits(form(), 1)
        assert "<Queue>" in line.rings.taken(form(CallSid=LEG), ring_id, pressed=False)
        await asyncio.sleep(MEETS_S)
        assert "<Play>" in await line.rings.waits(form(), 1)
        await asyncio.sleep(HEARS_S)
        assert "<Leave" in await line.rings.waits(form(), 1)
        await line.go_on(form(QueueResult="leave"), 1, "")
        await settle()
        return taker

    taker = play(story())
    assert taker.answers == [RingEnded(turn=1, outcome=RingOutcome.UNAVAILABLE)]
    assert [type(each) for each in taker.told if isinstance(each, LegAnswered | LegEnded)] == [LegAnswered, LegEnded]


def in_the_cloud(taker: WritingTaker, tasks: set[asyncio.Task[None]]) -> TwilioLine:
    """Return a line whose phones are rung by calls of their own, which succeed."""
    settings, clock = account(), LoopClock()

    def spawn(work: Coroutine[None, None, None], name: str) -> None:
        tasks.add(asyncio.create_task(work, name=name))

    async def placed(call_id: CallId, sid: str) -> None:
        """Nobody asks for it here."""

    ringer = Ringer(
        settings,
        PaperCalls(),
        clock,
        rate=CallRate(1.0, lambda: asyncio.get_running_loop().time()),
        asked=lambda asking: asking,
        spawn=spawn,
        placed=placed,
    )
    offered = CallOffered(
        call_id=CallId(CALL),
        leg_id=LegId(CALL),
        caller="+359888100200",
        caller_name="",
        called="+35924000000",
        flow="",
        at=NOON,
    )
    return TwilioLine(
        offered,
        documents=Documents(settings, PaperSounds()),
        taker=taker,
        clock=clock,
        answer_s=1.0,
        language="en",
        ringer=ringer,
    )
