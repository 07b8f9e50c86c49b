"""The company that the web tests visit."""

import pytest

from tests.unit.web.company import Company, settings


@pytest.fixture
async def company(tmp_path):
    async with Company(settings=settings(tmp_path)).opens() as opened:
        yield opened


@pytest.fixture
async def maria(company):
    async with company.visits("maria") as browser:
        yield browser
