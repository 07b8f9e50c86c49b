"""Refusals say what to do; the pages are served safely."""

from io import BytesIO

import pytest
import yarl

from telephony.web.health import Check
from tests.unit.web.company import Company, settings


async def problem_of(answer) -> dict:
    assert answer.content_type == "application/problem+json"
    problem = await answer.json()
    assert problem["status"] == answer.status
    assert problem["what_to_do"]
    return problem


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v1/nothing", None, 404),
        ("GET", "/api/nothing", None, 404),
        ("GET", "/ws/nothing", None, 404),
        ("GET", "/api/v1/login", None, 405),
        ("POST", "/api/v1/me", b"", 405),
        ("POST", "/api/v1/login", b"{", 400),
        ("POST", "/api/v1/login", b"\xff\xfe", 400),
        ("POST", "/api/v1/login", b"[]", 422),
        ("POST", "/api/v1/login", b'{"login": 1, "password": "x"}', 422),
        ("POST", "/api/v1/login", b'{"login": "x", "password": "y", "role": "admin"}', 422),
        ("POST", "/api/v1/login", b" " * (1024 * 1024 + 1), 413),
        ("GET", "/api/v1/me", None, 401),
        ("GET", "/api/v1/calls", None, 401),
        ("GET", "/ws/agent", None, 401),
        ("GET", "/assets/missing.js", None, 404),
    ],
)
async def test_every_refusal_is_a_problem_document(company, method, path, body, status):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    sent = BytesIO(body) if body else body
    async with company.visits() as browser, browser.request(method, path, data=sent, headers=headers) as answer:
        assert answer.status == status
        await problem_of(answer)


async def test_a_refused_password_is_not_repeated_in_the_refusal(company):
    body = {"login": "maria", "password": {"secret": "hunter2"}}
    async with company.visits() as browser, browser.post("/api/v1/login", json=body) as answer:
        assert "hunter2" not in await answer.text()


async def test_a_form_is_not_json(company):
    async with company.visits() as browser, browser.post("/api/v1/login", data={"login": "x"}) as answer:
        assert answer.status == 415
        await problem_of(answer)


async def test_wrong_method_tells_the_right_ones(company):
    async with company.visits() as browser, browser.delete("/api/v1/login") as answer:
        assert answer.headers["Allow"] == "POST"


async def test_a_database_that_is_away_is_a_503_that_says_when_to_try_again(company, maria):
    company.users.down = True
    async with maria.get("/api/v1/me") as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "2"
        await problem_of(answer)


async def test_a_bug_is_a_500_with_a_number_that_is_in_the_log(company, maria, caplog):
    company.customers.records = None
    async with maria.get("/api/v1/customers/c-1") as answer:
        assert answer.status == 500
        problem = await problem_of(answer)
    fault = next(line for line in caplog.records if line.message == "request failed")
    assert fault.fault_id in problem["detail"]


async def test_the_app_is_served_at_every_address_of_its_own(company):
    async with company.visits() as browser:
        for path in ("/", "/calls/call-1"):
            async with browser.get(path) as answer:
                assert answer.status == 200
                policy = answer.headers["Content-Security-Policy"]
                nonce = policy.split("'nonce-")[1].split("'")[0]
                assert f'content="{nonce}"' in await answer.text()
                assert "script-src 'self';" in policy
                assert "ws://127.0.0.1:8088/ws" in policy


async def test_built_files_are_kept_for_ever_by_browsers(company):
    async with company.visits() as browser, browser.get("/assets/app-1a2b.js") as answer:
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/%00.js"])
async def test_no_path_leads_out_of_the_built_folder(company, path):
    async with company.visits() as browser, browser.get(yarl.URL(company.url + path, encoded=True)) as answer:
        assert answer.status == 404


async def test_without_the_built_apps_it_says_how_to_build_them(tmp_path):
    company = Company(settings=settings(tmp_path))
    (tmp_path / "static" / "index.html").unlink()
    async with company.opens(), company.visits() as browser, browser.get("/") as answer:
        assert answer.status == 503
        assert "npm run build" in (await problem_of(answer))["what_to_do"]


async def test_ready_tells_which_part_is_not(company):
    async with company.visits() as browser:
        async with browser.get("/readyz") as answer:
            assert answer.status == 200
        company.checks = [Check(name="asterisk", ok=False, detail="connection refused")]
        async with browser.get("/readyz") as answer:
            assert answer.status == 503
            assert (await answer.json())["checks"][0]["detail"] == "connection refused"
        async with browser.get("/healthz") as answer:
            assert answer.status == 200


async def test_metrics_are_for_the_networks_named(company, tmp_path):
    async with company.visits() as browser, browser.get("/metrics") as answer:
        assert await answer.read() == b"ringside_calls 1\n"
    (tmp_path / "b").mkdir()
    other = Company(
        settings=settings(tmp_path / "b", metrics_networks=("10.0.0.0/8",), trusted_proxies=("127.0.0.1/32",))
    )
    async with other.opens(), other.visits() as browser:
        async with browser.get("/metrics") as answer:
            assert answer.status == 403
        async with browser.get("/metrics", headers={"X-Forwarded-For": "10.1.2.3, 8.8.8.8"}) as answer:
            assert answer.status == 403
        async with browser.get("/metrics", headers={"X-Forwarded-For": "8.8.8.8, 10.1.2.3"}) as answer:
            assert answer.status == 200


async def test_the_openapi_document_names_every_operation_and_only_models_that_exist(company):
    async with company.visits() as browser, browser.get("/api/v1/openapi.json") as answer:
        document = await answer.json()
        text = await answer.text()
    assert set(document["paths"]["/api/v1/calls/{call_id}"]) == {"get"}
    assert document["paths"]["/api/v1/login"]["post"]["security"] == []
    for named in set(text.split('"#/components/schemas/')[1:]):
        assert named.split('"')[0] in document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method in operations:
            address = path.translate({ord("{"): None, ord("}"): None})
            async with company.visits() as browser, browser.request(method, address) as answer:
                assert answer.status in {401, 415}, path
