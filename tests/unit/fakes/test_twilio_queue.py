"""Queues: who waits hears the documents of the waitUrl, and is told how it ended."""

import aiohttp

from tests.fakes.twilio import Caller, FakeTwilio, FarPhone
from tests.unit.fakes.customer import CALLER, NUMBER, Customer

AGENT = "client:maria"
ENQUEUE = "<Enqueue action='/left' waitUrl='/wait'>one</Enqueue>"


async def in_queue(twilio: FakeTwilio, customer: Customer, wait: str = "<Play>/music.wav</Play>") -> Caller:
    customer.documents |= {"/voice": ENQUEUE, "/wait": wait, "/left": "<Hangup/>", "/else": "<Hangup/>"}
    caller = await twilio.incoming(to=NUMBER, from_=CALLER)
    await caller.until(lambda: bool(customer.fields("/wait")))
    return caller


async def answers(twilio: FakeTwilio, customer: Customer, document: str) -> Caller:
    """Let the agent's phone be called, and answered with this document."""
    customer.documents["/agent"] = document
    form = {"To": AGENT, "From": CALLER, "Url": f"{customer.url}/agent"}
    path = f"{twilio.url}/2010-04-01/Accounts/{twilio.account_sid}/Calls.json"
    who = {"Authorization": aiohttp.encode_basic_auth(twilio.account_sid, twilio.auth_token)}
    async with aiohttp.ClientSession(headers=who) as http, http.post(path, data=form) as answer:
        assert answer.status == 201, await answer.text()
    return await twilio.called(AGENT)


def results(customer: Customer) -> list[str]:
    return [form["QueueResult"] for form in customer.fields("/left")]


async def test_the_music_is_asked_for_again_and_again_with_the_place(twilio: FakeTwilio, customer: Customer) -> None:
    caller = await in_queue(twilio, customer)
    await caller.hears("/music.wav", times=3)
    asked = customer.fields("/wait")[0]
    assert (asked["QueuePosition"], asked["CurrentQueueSize"]) == ("1", "1")
    assert asked["QueueSid"].startswith("QU")
    assert asked["CallSid"] == caller.sid


async def test_both_talk_until_one_hangs_up_and_the_action_is_asked_once(
    twilio: FakeTwilio, customer: Customer
) -> None:
    twilio.phones[AGENT] = FarPhone(talks_s=5)
    caller = await in_queue(twilio, customer)
    agent = await answers(twilio, customer, "<Dial><Queue>one</Queue></Dial>")
    await caller.until_over()
    assert results(customer) == ["bridged"]
    assert [heard.kind for heard in caller.heard][-1] == [heard.kind for heard in agent.heard][-1] == "talk"
    assert not twilio.faults


async def test_an_agent_whose_caller_hangs_up_goes_on(twilio: FakeTwilio, customer: Customer) -> None:
    twilio.phones[AGENT] = FarPhone(talks_s=None)
    caller = await in_queue(twilio, customer)
    agent = await answers(twilio, customer, "<Dial><Queue>one</Queue></Dial><Play>/bye.wav</Play>")
    await caller.until(lambda: caller.heard[-1].kind == "talk")
    caller.hangs_up()
    await agent.hears("/bye.wav")
    await agent.until_over()


async def test_leave_takes_who_waits_out_at_once(twilio: FakeTwilio, customer: Customer) -> None:
    caller = await in_queue(twilio, customer, "<Leave/>")
    await caller.until_over()
    assert results(customer) == ["leave"]


async def test_a_redirect_asks_the_action_first_and_then_goes_where_it_leads(
    twilio: FakeTwilio, customer: Customer
) -> None:
    caller = await in_queue(twilio, customer)
    caller.is_moved_to(f"{customer.url}/else")
    await caller.until_over()
    assert [path for path, _, _ in customer.asked if path in ("/left", "/else")] == ["/left", "/else"]
    assert results(customer) == ["redirected"]


async def test_who_hangs_up_in_the_queue_is_told_of(twilio: FakeTwilio, customer: Customer) -> None:
    caller = await in_queue(twilio, customer)
    caller.hangs_up()
    await caller.until_over()
    await twilio.until(lambda: bool(customer.fields("/left")), "the action")
    assert results(customer) == ["hangup"]


async def test_an_empty_queue_is_waited_at_for_the_timeout_of_the_dial(twilio: FakeTwilio, customer: Customer) -> None:
    twilio.phones[AGENT] = FarPhone(talks_s=None)
    caller = await in_queue(twilio, customer, "<Leave/>")
    await caller.until_over()
    customer.documents["/dialled"] = "<Hangup/>"
    agent = await answers(twilio, customer, "<Dial timeout='3' action='/dialled'><Queue>one</Queue></Dial>")
    await agent.until_over()
    assert customer.fields("/dialled")[0]["DialCallStatus"] == "no-answer"


async def test_what_a_wait_url_may_not_say_is_an_error(twilio: FakeTwilio, customer: Customer) -> None:
    caller = await in_queue(twilio, customer, "<Dial>+359888300400</Dial>")
    await caller.until_over()
    assert results(customer) == ["error"]
    assert twilio.faults
