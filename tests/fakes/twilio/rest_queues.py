"""/Queues of the REST API, as far as queues are tidied away: https://www.twilio.com/docs/voice/api/queue-resource."""

from aiohttp import web

from tests.fakes.twilio.network import Network
from tests.fakes.twilio.rest import ProblemError, not_found


class QueuesApi:
    """Deletes queues."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def routes(self, prefix: str = "") -> list[web.RouteDef]:
        queue = prefix + r"/2010-04-01/Accounts/{account}/Queues/{sid:QU[0-9a-fA-F]{32}}.json"
        return [web.delete(queue, self.delete)]

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a queue in which nobody waits."""
        queue = next((one for one in self.network.queues.values() if one.sid == request.match_info["sid"]), None)
        if queue is None:
            raise not_found(request.path)
        if queue.places:
            raise ProblemError(400, 22003, "Queue is not empty. Cannot delete.")
        del self.network.queues[queue.name]
        return web.Response(status=204)
