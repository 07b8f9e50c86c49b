"""A source over HTTP, well and badly behaved: the flow gets what it asked for or a reason, never a fault."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from telephony.crm.circuit import FAILURES, REST
from telephony.crm.http_json import LARGEST_ANSWER, HttpSettings
from telephony.crm.sources import Sources
from telephony.errors import LookupFailedError
from telephony.ivr.expressions import ValueType
from telephony.ivr.facts import FactValue
from tests.unit.crm.shop import Answer, Shop, never, open_shop, says, writes

ORDER = {"status": "sent", "parcels": 2, "total": 129, "paid": True}
GIVES = (
    ("status", ValueType.TEXT),
    ("parcels", ValueType.WHOLE),
    ("total", ValueType.NUMBER),
    ("paid", ValueType.FLAG),
)
SECRET = "4071-8822"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


class Orders:
    """The source under test and the shop behind it."""

    def __init__(self, shop: Shop, sources: Sources, clock: Clock) -> None:
        self.shop, self.sources, self.clock = shop, sources, clock

    async def ask(self, order: str = SECRET, gives: object = GIVES) -> Mapping[str, FactValue] | None:
        async with asyncio.timeout(5):
            return await self.sources.ask("orders", {"order": order}, gives)  # type: ignore[arg-type]

    async def refused(self, order: str = SECRET) -> str:
        with pytest.raises(LookupFailedError) as failed:
            await self.ask(order)
        assert SECRET not in str(failed.value)
        return str(failed.value)


@asynccontextmanager
async def orders(told: Answer, /, **settings: object) -> AsyncIterator[Orders]:
    clock = Clock()
    async with open_shop(told) as shop:
        path = str(settings.pop("path", "/orders/{order}"))
        made = HttpSettings(url=shop.url + path, **settings)  # type: ignore[arg-type]
        async with Sources(http={"orders": made}, clock=clock) as sources:
            yield Orders(shop, sources, clock)


async def test_a_source_gives_the_fields_asked_for_each_of_its_type() -> None:
    async with orders(says({**ORDER, "secret": "not asked for"})) as shop:
        assert await shop.ask() == {"status": "sent", "parcels": 2, "total": 129.0, "paid": True}
        assert shop.shop.requests[0].startswith(f"GET /orders/{SECRET} HTTP/1.1")


async def test_the_answer_and_its_fields_lie_where_the_settings_say() -> None:
    answer = {"data": {"orders": [{"state": {"code": "sent"}, "parcels": 2, "total": 1.5, "paid": False}]}}
    async with orders(says(answer), answer=("data", "orders", "0"), fields={"status": ("state", "code")}) as shop:
        assert await shop.ask() == {"status": "sent", "parcels": 2, "total": 1.5, "paid": False}


async def test_a_post_sends_the_values_as_json_and_headers_as_set() -> None:
    async with orders(
        says(ORDER),
        path="/find",
        method="POST",
        body={"orderNo": "order"},
        headers={"Authorization": "Bearer t0ken"},
    ) as shop:
        await shop.ask()
        assert json.loads(shop.shop.bodies[0]) == {"orderNo": SECRET}
        assert "Authorization: Bearer t0ken" in shop.shop.requests[0]


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        (says({"error": "no such order"}, status="404 Not Found"), ()),
        (says(b"<h1>gone</h1>", status="404 Not Found", kind="text/html"), ()),
        (says({"data": None}), ("data",)),
        (says({"data": None}), ("data", "order")),
        (says({"data": []}), ("data", "0")),
    ],
)
async def test_what_is_not_there_is_no_failure(answer: Answer, path: tuple[str, ...]) -> None:
    async with orders(answer, answer=path) as shop:
        for _ in range(FAILURES + 1):
            assert await shop.ask() is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({**ORDER, "status": 7}, "field 'status' must be text, is a number"),
        ({**ORDER, "parcels": "2"}, "field 'parcels' must be a whole number, is text"),
        ({**ORDER, "parcels": 2.5}, "field 'parcels' must be a whole number, is a number"),
        ({**ORDER, "parcels": True}, "field 'parcels' must be a whole number, is true or false"),
        ({**ORDER, "parcels": 10**30}, "field 'parcels' is too large"),
        ({**ORDER, "total": [1]}, "field 'total' must be a number, is a list"),
        ({**ORDER, "paid": 1}, "field 'paid' must be true or false, is a number"),
        ({**ORDER, "paid": {}}, "field 'paid' must be true or false, is an object"),
        ({**ORDER, "status": None}, "field 'status' is missing"),
        ({"status": "sent"}, "field 'parcels' is missing"),
        ({**ORDER, "status": "x" * 2000}, "longer than 1000"),
        ([ORDER], "field 'status' is missing"),
        ("sent", "field 'status' is missing"),
    ],
)
async def test_an_answer_of_other_types_fails_and_names_the_field(answer: object, reason: str) -> None:
    async with orders(says(answer)) as shop:
        assert reason in await shop.refused()


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{", b"NaN", b"[" * 60_000, b"\xff\xfe{", b'{"a": 1e999999}x', b"1" * 5000]
)
async def test_an_answer_that_is_not_json_fails(body: bytes) -> None:
    async with orders(says(body)) as shop:
        assert "is not JSON" in await shop.refused()


async def test_json_under_another_name_is_json() -> None:
    async with orders(says(ORDER, kind="text/html; charset=latin1")) as shop:
        assert await shop.ask()


async def test_an_answer_of_5_mb_is_cut_off_and_not_read() -> None:
    sent = 0

    async def floods(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while sent < 5_000_000:
            writer.write(b" " * 50_000)
            sent += 50_000
            await writer.drain()

    async with orders(floods) as shop:
        assert "larger than 64 KiB" in await shop.refused()
    assert sent < 5_000_000


async def test_an_answer_that_says_it_is_large_is_not_read_at_all() -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {LARGEST_ANSWER + 1}\r\n\r\n"
    async with orders(writes(head.encode())) as shop:
        assert "larger than 64 KiB" in await shop.refused()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "broke off"),
        (b"HTTP/1.1 200 O", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Len", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "broke off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "broke off"),
        (b"220 mail.example ESMTP\r\n", "broke off"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000 + b"\r\n\r\n{}", "broke off"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "status 500"),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "status 401"),
    ],
)
async def test_a_server_that_breaks_off_or_refuses_is_a_failure_with_a_reason(raw: bytes, reason: str) -> None:
    async with orders(writes(raw)) as shop:
        assert reason in await shop.refused()


async def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    async with open_shop(never) as gone:
        url = gone.url
    async with Sources(http={"orders": HttpSettings(url=url)}, clock=Clock()) as sources:
        with pytest.raises(LookupFailedError, match="cannot be reached"):
            await sources.ask("orders", {}, GIVES)


async def test_a_redirect_within_the_host_is_followed_and_one_to_another_is_not() -> None:
    async with open_shop(says(ORDER)) as other:

        async def moved(writer: asyncio.StreamWriter) -> None:
            first = len(shop.shop.requests) == 1
            await (says(b"", status="302 Found", more="Location: /v2/order\r\n") if first else says(ORDER))(writer)

        async with orders(moved) as shop:
            assert await shop.ask()
            assert shop.shop.requests[1].startswith("GET /v2/order")
        async with orders(says(b"", status="302 Found", more=f"Location: {other.url}/x\r\n")) as shop:
            assert "another host" in await shop.refused()
        async with orders(says(b"", status="307 Moved", more="Location: /x\r\n"), method="POST") as shop:
            assert "only a GET follows" in await shop.refused()
        async with orders(says(b"", status="302 Found", more="Location: /x\r\n")) as shop:
            assert "again and again" in await shop.refused()
        assert other.requests == []


@pytest.mark.parametrize("order", ["../admin", "a/b", "..", ".", "", "a\\b", "a\nb", "x" * 500])
async def test_no_value_can_lead_to_another_path(order: str) -> None:
    async with orders(says(ORDER)) as shop:
        assert "'order'" in await shop.refused(order)
        assert shop.shop.requests == []


@pytest.mark.parametrize(
    ("order", "seen"),
    [
        ("a?b=c#d", "a%3Fb%3Dc%23d"),
        ("1 2&x", "1%202%26x"),
        ("+359", "%2B359"),
        ("щ%2f", "%D1%89%252f"),
        ("{order}", "%7Border%7D"),
    ],
)
async def test_a_value_is_encoded(order: str, seen: str) -> None:
    async with orders(says(ORDER), path="/o/{order}?again={order}") as shop:
        await shop.ask(order)
        assert shop.shop.requests[0].startswith(f"GET /o/{seen}?again={seen} HTTP")


async def test_a_value_in_the_query_may_be_anything() -> None:
    async with orders(says(ORDER), path="/o?n={order}") as shop:
        await shop.ask("../x")
        assert shop.shop.requests[0].startswith("GET /o?n=..%2Fx HTTP")


async def test_a_value_that_the_flow_does_not_give_is_named() -> None:
    async with orders(says(ORDER), path="/o/{customer}") as shop:
        assert "no value 'customer'" in await shop.refused()


async def test_a_slow_server_is_left_when_the_limit_passes() -> None:
    async with orders(never) as shop:
        for _ in range(FAILURES):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await shop.ask()
        assert "left alone" in await shop.refused()


async def test_a_source_that_fails_again_and_again_is_left_alone_until_one_question_is_answered() -> None:
    answer = says(b"", status="503 Busy")

    async def shops_answer(writer: asyncio.StreamWriter) -> None:
        await answer(writer)

    async with orders(shops_answer) as shop:
        for _ in range(FAILURES):
            assert "503" in await shop.refused()
        assert "left alone" in await shop.refused()
        assert len(shop.shop.requests) == FAILURES
        shop.clock.time += REST
        assert "503" in await shop.refused()
        assert "left alone" in await shop.refused()
        shop.clock.time += REST + timedelta(seconds=1)
        answer = says(ORDER)
        assert await shop.ask()
        assert await shop.ask()


async def test_one_strange_order_does_not_silence_the_source() -> None:
    async with orders(says({})) as shop:
        for _ in range(FAILURES * 2):
            assert "missing" in await shop.refused()


async def test_more_questions_than_a_source_takes_at_a_time_are_refused_at_once() -> None:
    async with orders(never, at_once=2) as shop:
        asking = [asyncio.create_task(shop.ask()) for _ in range(2)]
        while len(shop.shop.requests) < 2:
            await asyncio.sleep(0)
        assert "at_once" in await shop.refused()
        for task in asking:
            task.cancel()
        await asyncio.wait(asking)


async def test_an_unknown_source_says_where_to_add_it() -> None:
    async with Sources(clock=Clock()) as sources:
        with pytest.raises(LookupFailedError, match=r"add \[lookups.parcels\]"):
            await sources.ask("parcels", {}, GIVES)


async def test_no_cookie_goes_from_one_caller_to_the_next() -> None:
    async with orders(says(ORDER, more="Set-Cookie: who=me\r\n")) as shop:
        await shop.ask()
        await shop.ask()
        assert "cookie" not in shop.shop.requests[1].lower()
