"""The doctor sees what keeps callers of the cloud from us, and says what to set."""

from pathlib import Path

import pytest

from telephony import app
from telephony.cli.doctor import twilio
from telephony.cli.doctor.finding import Finding, Level
from tests.fakes.cloud_company import OURS, PUBLIC, cloud_company
from tests.fakes.twilio import FakeTwilio, Misbehaviour

OTHER = "+35924000001"


def worst(found: list[Finding]) -> list[tuple[Level, str]]:
    return [(finding.level, finding.mend) for finding in found if finding.level is not Level.OK]


async def test_an_account_that_leads_here_is_well(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company:
        found = list(await twilio.account(company.configured))
        assert worst(found) == []
        assert [finding.what for finding in found][1:] == [f"{OURS} leads here"]


async def test_a_wrong_token_is_told_with_its_name_and_not_shown(tmp_path: Path) -> None:
    async with cloud_company(tmp_path, RINGSIDE_TWILIO_AUTH_TOKEN="hunter2") as company:
        [finding] = await twilio.account(company.configured)
        assert finding.level is Level.FAIL
        assert "RINGSIDE_TWILIO_AUTH_TOKEN" in finding.mend
        assert "hunter2" not in repr(finding)


async def test_a_cloud_that_does_not_answer_is_told(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company:
        company.twilio.misbehaves(Misbehaviour.SERVER_ERROR, times=None)
        [finding] = await twilio.account(company.configured)
        assert (finding.level, finding.mend) == (
            Level.FAIL,
            "check carriers.twilio.api_base_url and the network",
        )


@pytest.mark.parametrize(
    ("status", "kind", "level"), [("suspended", "Full", Level.FAIL), ("active", "Trial", Level.WARN)]
)
async def test_an_account_that_cannot_call_everybody_is_told(
    tmp_path: Path, status: str, kind: str, level: Level
) -> None:
    async with cloud_company(tmp_path) as company:
        company.twilio.account.status, company.twilio.account.type = status, kind
        assert (await twilio.account(company.configured))[0].level is level


async def test_a_number_that_leads_elsewhere_is_told_with_what_to_set(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company:
        company.twilio.owns(OURS, "https://demo.example.com/welcome/voice/")
        found = list(await twilio.account(company.configured))
        assert worst(found) == [(Level.FAIL, f"set a number's voice URL to {PUBLIC}/twilio/voice (POST)")]
        assert "demo.example.com" in found[-1].what
        company.twilio.owns(OTHER, f"{PUBLIC}/twilio/voice?flow=main", voice_method="GET")
        mends = [mend for _, mend in worst(list(await twilio.account(company.configured)))]
        assert mends == [
            "set its method to POST",
            f"set it to {PUBLIC}/twilio/fallback, or to a place that works without us",
            f"set it to {PUBLIC}/twilio/status (POST)",
        ]


async def test_the_way_back_is_proved_by_a_signed_webhook(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company:
        here = {"RINGSIDE__SERVER__PUBLIC_BASE_URL": company.url}
        company.more |= here
        [finding] = await twilio.way(company.configured)
        assert finding.level is Level.FAIL
        assert "ringside serve" in finding.mend
        async with app.running(company.configured) as ringside:
            [finding] = await twilio.way(company.configured)
            assert (finding.level, finding.what) == (Level.OK, "a signed webhook comes through to the running server")
            assert ringside.switchboard.calls == {}
            company.more |= {"RINGSIDE_TWILIO_AUTH_TOKEN": "another"}
            [finding] = await twilio.way(company.configured)
            assert finding.what == "a webhook signed by us is not believed"


async def test_something_else_at_our_address_is_told(tmp_path: Path) -> None:
    async with cloud_company(tmp_path, FakeTwilio()) as company:
        company.more |= {"RINGSIDE__SERVER__PUBLIC_BASE_URL": company.twilio.url}
        [finding] = await twilio.way(company.configured)
        assert finding.what.endswith("/healthz is answered by something else")


async def test_what_callers_would_miss_is_told(tmp_path: Path) -> None:
    async with cloud_company(tmp_path, RINGSIDE__CARRIERS__TWILIO__FALLBACK_NUMBER='""') as company:
        mends = [mend for _, mend in worst(list(await twilio.callers(company.configured)))]
        assert mends == [
            "set carriers.twilio.fallback_number",
            "set carriers.twilio.sip_dial, or give the agents a mobile",
        ]
