"""The real Asterisk and real SIP callers, as the integration tests have them."""

from tests.integration.conftest import asterisk, sipp

__all__ = ["asterisk", "sipp"]
