"""Live calls sent elsewhere: waiting callers moved, talking ones transferred."""

from typing import Literal, Self

from aiohttp import web
from pydantic import Field, model_validator

from telephony.calls.model import AgentId, CallId, QueueName
from telephony.journey.moves import Asker, MoveRefusedError, Places, Refusal
from telephony.journey.sent import ToAgent, ToNumber, ToQueue
from telephony.web.api.models import Model
from telephony.web.asked import Asked
from telephony.web.problems import ProblemError

_STATUS = {
    Refusal.UNKNOWN_CALL: 404,
    Refusal.NOT_YOURS: 403,
    Refusal.UNKNOWN_PLACE: 422,
    Refusal.NOT_NOW: 409,
    Refusal.UNAVAILABLE: 503,
    Refusal.UNKNOWN_OUTCOME: 504,
}


class MoveRequest(Model):
    """Where a waiting caller shall wait: in a line, or for one agent; and on which carrier. Without one, as now."""

    queue: str | None = Field(default=None, min_length=1, max_length=128)
    agent: str | None = Field(default=None, min_length=1, max_length=128)
    carrier: Literal["asterisk", "twilio"] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.queue is not None and self.agent is not None:
            raise ValueError("name a queue or an agent, not both")
        if self.queue is None and self.agent is None and self.carrier is None:
            raise ValueError("name a queue, an agent or a carrier")
        return self


class TransferRequest(Model):
    """Where a talking caller shall go on: one of a queue, an agent, or a number outside (E.164)."""

    queue: str | None = Field(default=None, min_length=1, max_length=128)
    agent: str | None = Field(default=None, min_length=1, max_length=128)
    number: str | None = Field(default=None, pattern=r"^\+[1-9][0-9]{6,14}$")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(each is not None for each in (self.queue, self.agent, self.number)) != 1:
            raise ValueError("name one of queue, agent and number")
        return self


class QueuePlace(Model):
    """A line, with how many wait in it and how many of its agents are free."""

    name: str
    waiting: int
    ready: int


class AgentPlace(Model):
    """An agent, with the state as in the agents' socket; `free` when they can be rung for this caller now."""

    id: str
    name: str
    state: str
    free: bool


class PlaceList(Model):
    """Where a call may be sent."""

    queues: list[QueuePlace]
    agents: list[AgentPlace]


async def places(asked: Asked) -> web.StreamResponse:
    """Tell where a live call may be sent."""
    try:
        found = asked.house.moves.places(_asker(asked), _call_id(asked))
    except MoveRefusedError as refused:
        raise _problem(refused) from refused
    return web.json_response(text=_list_of(found).model_dump_json())


async def move(asked: Asked) -> web.StreamResponse:
    """Send a waiting caller into another line, to one agent, or to another carrier, with context and place."""
    wanted = await asked.body(MoveRequest)
    to = ToAgent(agent=AgentId(wanted.agent)) if wanted.agent else None
    place = ToQueue(queue=QueueName(wanted.queue)) if wanted.queue else to
    try:
        await asked.house.moves.move(_asker(asked), _call_id(asked), place, wanted.carrier or "")
    except MoveRefusedError as refused:
        raise _problem(refused) from refused
    return web.Response(status=204)


async def transfer(asked: Asked) -> web.StreamResponse:
    """End an agent's talk with a caller, who goes on elsewhere and comes back when nobody takes them there."""
    wanted = await asked.body(TransferRequest)
    try:
        await asked.house.moves.transfer(_asker(asked), _call_id(asked), _destination(wanted))
    except MoveRefusedError as refused:
        raise _problem(refused) from refused
    return web.Response(status=204)


def _destination(wanted: TransferRequest) -> ToQueue | ToAgent | ToNumber:
    if wanted.queue is not None:
        return ToQueue(queue=QueueName(wanted.queue))
    if wanted.agent is not None:
        return ToAgent(agent=AgentId(wanted.agent))
    return ToNumber(number=wanted.number or "")


def _asker(asked: Asked) -> Asker:
    user = asked.who.user
    return Asker(name=user.name, agent=user.agent.id if user.agent else None, supervises=asked.sees_all)


def _call_id(asked: Asked) -> CallId:
    return CallId(asked.request.match_info["call_id"])


def _list_of(found: Places) -> PlaceList:
    return PlaceList(
        queues=[QueuePlace(name=each.name, waiting=each.waiting, ready=each.ready) for each in found.queues],
        agents=[
            AgentPlace(id=each.agent, name=each.name, state=each.state.value, free=each.free) for each in found.agents
        ],
    )


def _problem(refused: MoveRefusedError) -> ProblemError:
    slug = refused.kind.value.replace("_", "-")
    return ProblemError(_STATUS[refused.kind], slug, str(refused), what_to_do=refused.what_to_do)
