"""The account and its numbers in the REST API: https://www.twilio.com/docs/iam/api/account."""

from aiohttp import web

from tests.fakes.twilio.fields import API_VERSION
from tests.fakes.twilio.network import Network
from tests.fakes.twilio.rest import page_of
from tests.fakes.twilio.sids import new_sid
from tests.fakes.twilio.values import PhoneNumber


class AccountApi:
    """Shows the account, and lists its numbers."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.status, self.type = "active", "Full"

    def routes(self, prefix: str = "") -> list[web.RouteDef]:
        account = f"{prefix}/{API_VERSION}/Accounts/{{account}}"
        return [
            web.get(f"{account}.json", self.fetch),
            web.get(f"{account}/IncomingPhoneNumbers.json", self.numbers),
        ]

    async def fetch(self, request: web.Request) -> web.Response:
        sid = self.network.account_sid
        shown = {"sid": sid, "friendly_name": "A company", "status": self.status, "type": self.type}
        return web.json_response(shown | {"uri": f"/{API_VERSION}/Accounts/{sid}.json"})

    async def numbers(self, request: web.Request) -> web.Response:
        found = [self._shown(number) for number in self.network.numbers.values()]
        return page_of(request, "incoming_phone_numbers", found)

    def _shown(self, number: PhoneNumber) -> dict[str, object]:
        return {
            "sid": new_sid("PN"),
            "account_sid": self.network.account_sid,
            "friendly_name": number.number,
            "phone_number": number.number,
            "api_version": API_VERSION,
            "voice_url": number.voice_url,
            "voice_method": number.voice_method,
            "voice_fallback_url": number.fallback_url,
            "voice_fallback_method": "POST",
            "voice_application_sid": None,
            "trunk_sid": None,
            "status_callback": number.status_callback,
            "status_callback_method": "POST",
            "capabilities": {"voice": True, "sms": False, "mms": False, "fax": False},
            "status": "in-use",
        }
