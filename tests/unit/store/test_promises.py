"""Callbacks owed: written once, kept in their place, settled once."""

from dataclasses import replace
from datetime import timedelta

from telephony.calls.model import CallId, QueueName
from telephony.ports import CallbackPromise
from telephony.store.database import Database
from telephony.store.demo import load_demo
from telephony.store.erase import erase_customer
from telephony.store.promises import PromiseState, StoredPromises
from tests.unit.store.calls import GEORGI, NOON
from tests.unit.store.test_customers import COMPANY, secrets_of

PROMISE = CallbackPromise(
    call_id=CallId("1700.1"),
    queue=QueueName("sales"),
    number="+359888100001",
    language="bg",
    customer_id=GEORGI,
    at=NOON,
)
LATER = NOON + timedelta(minutes=20)


async def test_a_promise_is_kept_once_however_often_it_is_made(database: Database) -> None:
    promises = StoredPromises(database)
    await promises.keep(PROMISE)
    await promises.keep(PROMISE)
    assert [each.promise for each in await promises.listed()] == [PROMISE]


async def test_the_number_given_last_counts_in_the_first_place(database: Database) -> None:
    promises = StoredPromises(database)
    await promises.keep(PROMISE)
    await promises.keep(replace(PROMISE, number="+35924918001", at=LATER))
    assert [each.promise for each in await promises.listed()] == [replace(PROMISE, number="+35924918001")]


async def test_those_owed_are_listed_the_oldest_first_by_queue(database: Database) -> None:
    promises = StoredPromises(database)
    service = replace(PROMISE, call_id=CallId("1700.2"), queue=QueueName("service"), at=LATER)
    await promises.keep(service)
    await promises.keep(PROMISE)
    assert [each.promise for each in await promises.listed()] == [PROMISE, service]
    assert [each.promise for each in await promises.listed(queue="service")] == [service]


async def test_a_promise_is_settled_once(database: Database) -> None:
    promises = StoredPromises(database)
    await promises.keep(PROMISE)
    (owed,) = await promises.listed()
    done = await promises.settle(owed.id, PromiseState.DONE, by="maria", at=LATER)
    again = await promises.settle(owed.id, PromiseState.CANCELLED, by="ivan", at=LATER + timedelta(hours=1))
    assert done == again
    assert done is not None
    assert (done.state, done.done_by, done.done_at) == (PromiseState.DONE, "maria", LATER)
    assert await promises.listed() == []
    assert await promises.listed(everything=True) == [done]
    await promises.keep(replace(PROMISE, number="+359"))
    assert await promises.listed(everything=True) == [done]
    assert await promises.settle(999, PromiseState.DONE, by="maria", at=LATER) is None


async def test_erasing_a_customer_takes_their_promises_along(database: Database) -> None:
    await load_demo(database, COMPANY, now=NOON, credentials=secrets_of)
    promises = StoredPromises(database)
    await promises.keep(PROMISE)
    await promises.keep(replace(PROMISE, call_id=CallId("demo-c-1001-1"), customer_id=None))
    strangers = replace(PROMISE, call_id=CallId("1700.9"), customer_id=None)
    await promises.keep(strangers)
    assert [each.customer_name for each in await promises.listed()][:1] == ["Georgi Stoyanov"]
    await erase_customer(database, GEORGI)
    assert [each.promise for each in await promises.listed()] == [strangers]
