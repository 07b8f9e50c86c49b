"""Who may come in."""

import asyncio
from dataclasses import replace

import pytest

from telephony.web.auth import hash_password
from telephony.web.passwords import Passwords
from tests.unit.web.company import HASH, PASSWORD, Company, settings

RIGHT = {"login": "maria", "password": PASSWORD}
WRONG = {"login": "maria", "password": "guess"}


async def test_the_right_password_opens_a_session_that_scripts_cannot_read(company):
    async with company.visits() as browser, browser.post("/api/v1/login", json=RIGHT) as answer:
        cookie = answer.headers["Set-Cookie"]
        assert answer.status == 200
        assert (await answer.json())["agent"]["extension"] == "101"
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert "Secure" not in cookie


async def test_only_a_hash_of_the_token_is_kept(company, maria):
    token = next(iter(maria.cookie_jar)).value
    assert token not in company.sessions.open_
    assert len(token) >= 43


async def test_over_tls_the_cookie_is_for_this_host_and_tls_only(tmp_path):
    company = Company(settings=settings(tmp_path, public_base_url="https://desk.example.com"))
    async with company.opens(), company.visits() as browser:
        headers = {"Origin": "https://desk.example.com"}
        async with browser.post("/api/v1/login", json=RIGHT, headers=headers) as answer:
            assert answer.status == 200
            assert answer.headers["Set-Cookie"].startswith("__Host-ringside=")
            assert "Secure" in answer.headers["Set-Cookie"]
            assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("login", ["maria", "nobody", "' or 1=1 --", "\u0000"])
async def test_a_wrong_password_and_an_unknown_user_are_told_the_same(company, login):
    async with company.visits() as browser:
        async with browser.post("/api/v1/login", json={"login": login, "password": "guess"}) as answer:
            problem = await answer.json()
        assert answer.status == 401
        assert answer.content_type == "application/problem+json"
        assert problem["title"] == "Login name or password is wrong"
        assert problem["what_to_do"]


@pytest.mark.parametrize(
    ("login", "shown"), [("maria", "…ia"), ("+359888123456", "…56"), ("ivan", "…"), ("nobody\u0000x", "…")]
)
async def test_a_refusal_is_in_the_log_with_the_address_and_no_more_of_the_login_than_tells_it(
    company, caplog, login, shown
):
    caplog.set_level("INFO")
    async with company.visits() as browser:
        await browser.post("/api/v1/login", json={"login": login, "password": "guess"})
    (line,) = [line for line in caplog.records if line.message == "log-in refused"]
    assert (line.login, line.address) == (shown, "127.0.0.1")


async def test_an_unknown_user_costs_the_same_work_and_is_never_right():
    verified = []

    class Counting:
        def hash(self, password):
            return HASH

        def verify(self, password_hash, password):
            verified.append(password_hash)
            return True

    passwords = Passwords(Counting())
    assert not await passwords.are_right(None, "nobody")
    assert not await passwords.are_right("", "nobody")
    assert verified == [HASH, HASH]
    passwords.close()


async def test_after_five_wrong_attempts_even_the_right_one_has_to_wait(company):
    async with company.visits() as browser:
        for _ in range(5):
            async with browser.post("/api/v1/login", json=WRONG) as answer:
                assert answer.status == 401
        async with browser.post("/api/v1/login", json=RIGHT) as answer:
            assert answer.status == 429
            assert 0 < int(answer.headers["Retry-After"]) <= 301
        company.clock.passes(302)
        async with browser.post("/api/v1/login", json=RIGHT) as answer:
            assert answer.status == 200


async def test_a_hundred_attempts_at_once_are_a_hundred_attempts(company):
    async with company.visits() as browser:

        async def attempt() -> int:
            async with browser.post("/api/v1/login", json=WRONG) as answer:
                return answer.status

        statuses = await asyncio.gather(*(attempt() for _ in range(100)))
    assert statuses.count(401) == 5
    assert statuses.count(429) == 95


async def test_an_office_behind_one_address_logs_in_at_nine(company):
    for number in range(100):
        maria = company.users.users["maria"]
        company.users.users[f"agent{number}"] = replace(maria, login=f"agent{number}")
    for number in range(100):
        async with company.visits(f"agent{number}"):
            pass


async def test_another_sites_page_can_neither_log_in_nor_log_out(company, maria):
    for path, body in (("/api/v1/login", RIGHT), ("/api/v1/logout", None)):
        async with maria.post(path, json=body, headers={"Origin": "https://evil.example"}) as answer:
            assert answer.status == 403
            assert (await answer.json())["type"] == "urn:ringside:problem:foreign-page"
    async with maria.get("/api/v1/me") as answer:
        assert answer.status == 200


async def test_the_servers_own_page_may_post(company):
    headers = {"Origin": company.url}
    async with company.visits() as browser, browser.post("/api/v1/login", json=RIGHT, headers=headers) as answer:
        assert answer.status == 200


async def test_who_logs_out_is_out_even_with_the_old_token(company, maria):
    token = next(iter(maria.cookie_jar)).value
    async with maria.post("/api/v1/logout") as answer:
        assert answer.status == 204
    headers = {"Cookie": f"ringside={token}"}
    async with company.visits() as browser, browser.get("/api/v1/me", headers=headers) as answer:
        assert answer.status == 401


async def test_a_session_ends_after_its_time(company, maria):
    company.clock.passes(12 * 3600 + 1)
    async with maria.get("/api/v1/me") as answer:
        assert answer.status == 401
        assert (await answer.json())["what_to_do"] == "Log in and try again."


async def test_the_phone_secret_goes_to_its_own_user_only_and_is_not_cached(company, maria):
    async with maria.get("/api/v1/me/phone") as answer:
        phone = await answer.json()
        assert phone["password"] == "phone secret"
        assert phone["uri"] == "sip:101@127.0.0.1"
        assert phone["ws_url"] == "ws://127.0.0.1:8088/ws"
        assert answer.headers["Cache-Control"] == "no-store"
    for login in ("ivan", "boss"):
        async with company.visits(login) as browser, browser.get("/api/v1/me/phone") as answer:
            assert answer.status == 404
    async with company.visits() as browser, browser.get("/api/v1/me/phone") as answer:
        assert answer.status == 401


def test_a_hash_for_the_command_line_is_argon2id():
    assert hash_password("x").startswith("$argon2id$")
