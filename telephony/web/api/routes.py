"""The API's addresses: the one list that the server and the OpenAPI document are made from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel

from telephony.web.api import calls, customers, moves, people
from telephony.web.api.models import BrowserPhone, CallList, CallModel, LoginRequest, Me, RecordModel
from telephony.web.asked import Asked

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation. `gives` is None when it gives no JSON; `public` ones need no log-in."""

    method: str
    path: str
    handler: Callable[[Asked], Awaitable[web.StreamResponse]]
    takes: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    media: str = "application/json"
    status: int = 200
    public: bool = False


ROUTES = (
    Route(method="POST", path="/login", handler=people.log_in, takes=LoginRequest, gives=Me, public=True),
    Route(method="POST", path="/logout", handler=people.log_out, status=204),
    Route(method="GET", path="/me", handler=people.me, gives=Me),
    Route(method="GET", path="/me/phone", handler=people.my_phone, gives=BrowserPhone),
    Route(method="GET", path="/customers/{customer_id}", handler=customers.customer, gives=RecordModel),
    Route(method="GET", path="/calls", handler=calls.calls, query=calls.CallQuery, gives=CallList),
    Route(method="GET", path="/calls/{call_id}", handler=calls.call, gives=CallModel),
    Route(method="GET", path="/calls/{call_id}/recordings/{number}", handler=calls.recording, media="audio/wav"),
    Route(method="GET", path="/calls/{call_id}/places", handler=moves.places, gives=moves.PlaceList),
    Route(method="POST", path="/calls/{call_id}/move", handler=moves.move, takes=moves.MoveRequest, status=204),
    Route(
        method="POST", path="/calls/{call_id}/transfer", handler=moves.transfer, takes=moves.TransferRequest, status=204
    ),
)
