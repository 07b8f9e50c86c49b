"""A message left for people is written down after the call, in the language it was spoken in."""

from telephony.calls.model import CallId, CustomerId
from telephony.customers.record import Customer
from telephony.errors import RingsideError
from telephony.ivr.flow import Flow
from telephony.journey.messages import Messages
from tests.fakes.flows import flows
from tests.fakes.house import House, open_house

LINE: dict[str, Flow] = flows("""
flow: main
languages: [en]
start: message
nodes:
  message: {type: voicemail, mailbox: sales, to: bye}
  bye: {type: hangup, say: goodbye}
""")


class Stenographer:
    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.fault: Exception | None = None

    async def text_of(self, recording: str, language: str) -> str:
        self.heard.append((recording, language))
        if self.fault:
            raise self.fault
        return "please call me after six"


async def leaves_message(house: House, call_id: str) -> None:
    caller = await house.calls(call_id)
    await caller.leaves_message()
    await caller.hears()
    await caller.hangs_up()
    await house.settles()


async def test_a_message_is_written_down_into_the_calls_entry() -> None:
    async with open_house(LINE) as house:
        stenographer = Stenographer()
        messages = Messages(transcriber=stenographer, timeline=house.timeline, language="bg")
        house.books.entered = messages.entered
        house.tasks.spawn(messages.keep(), name="messages")
        await leaves_message(house, "c1")
        ((file, language),) = stenographer.heard
        assert file in house.timeline.entries[CallId("c1")].recordings
        assert language == "bg"
        assert house.timeline.notes == [("c1", "message", "Message: please call me after six")]


async def test_a_message_counts_that_the_line_tells_of_after_the_network_has_ended_the_call() -> None:
    async with open_house(LINE) as house:
        caller = await house.calls("c1")
        await caller.hears()
        await caller.finishes()
        await caller.leaves_message()
        await caller.hangs_up()
        assert [step.event for step in house.timeline.entries[CallId("c1")].path if step.kind == "voicemail"] == [
            "recorded"
        ]


async def test_a_customers_message_is_heard_in_the_language_of_their_record() -> None:
    async with open_house(LINE) as house:
        stenographer = Stenographer()
        messages = Messages(transcriber=stenographer, timeline=house.timeline, language="bg")
        house.books.entered = messages.entered
        house.tasks.spawn(messages.keep(), name="messages")
        house.customers.knows("+359888123456", Customer(id=CustomerId("c-7"), name="Anna Petrova", language="ru"))
        await leaves_message(house, "c1")
        assert [language for _, language in stenographer.heard] == ["ru"]


async def test_a_message_that_cannot_be_written_down_costs_its_text_only() -> None:
    async with open_house(LINE) as house:
        stenographer = Stenographer()
        messages = Messages(transcriber=stenographer, timeline=house.timeline, language="bg")
        house.books.entered = messages.entered
        house.tasks.spawn(messages.keep(), name="messages")
        stenographer.fault = RingsideError("hear ended with exit code 1")
        await leaves_message(house, "c1")
        stenographer.fault = RuntimeError("a bug")
        await leaves_message(house, "c2")
        stenographer.fault = None
        await leaves_message(house, "c3")
        assert [call_id for call_id, _, _ in house.timeline.notes] == ["c3"]
        assert len(house.timeline.entries) == 3
