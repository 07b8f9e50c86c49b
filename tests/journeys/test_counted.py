"""Calls are counted by how they ended for the caller, as the timeline tells it."""

from telephony.calls.model import CallId, Disposition
from telephony.ivr.flow import Flow
from telephony.timeline.entry import CallEntry
from tests.fakes.flows import flows
from tests.fakes.house import open_house

LINE: dict[str, Flow] = flows("""
flow: main
languages: [en]
start: message
nodes:
  message: {type: voicemail, mailbox: sales, to: bye}
  bye: {type: hangup, say: goodbye}
""")


async def test_a_call_is_counted_as_its_entry_says_and_not_as_the_ledger_saw_it() -> None:
    counted: list[CallEntry] = []
    async with open_house(LINE) as house:
        house.books.written = counted.append
        caller = await house.calls("c1")
        await caller.leaves_message()
        await caller.hears()
        await caller.hangs_up()
        await house.settles()
        assert house.timeline.entries[CallId("c1")].record.disposition is Disposition.VOICEMAIL
        assert [entry.record.disposition for entry in counted] == [Disposition.VOICEMAIL]
