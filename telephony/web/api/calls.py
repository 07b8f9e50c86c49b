"""Calls in the timeline, and their recordings."""

import asyncio
from datetime import UTC, datetime

from aiohttp import web
from pydantic import Field, ValidationError

from telephony.calls.model import AgentId, CallId, CustomerId
from telephony.ports import CallFilter
from telephony.timeline.entry import CallEntry
from telephony.web.api.models import CallList, Model, call_of
from telephony.web.asked import Asked, invalid
from telephony.web.files import file_below
from telephony.web.problems import ProblemError


class CallQuery(Model, strict=False):
    """Which calls: a customer's, an agent's, or without either one's own (for supervisors: all)."""

    customer: str | None = Field(default=None, max_length=128)
    agent: str | None = Field(default=None, max_length=128)
    before: datetime | None = None
    limit: int = Field(default=50, ge=1, le=200)


async def calls(asked: Asked) -> web.StreamResponse:
    """List calls."""
    wanted = _filter(asked, _query(asked.request))
    found = await asked.house.history.calls(wanted)
    more = len(found) == wanted.limit
    shown = [call_of(entry, with_cost=asked.sees_all) for entry in found]
    answer = CallList(calls=shown, next=found[-1].record.started_at if more else None)
    return web.json_response(text=answer.model_dump_json())


async def call(asked: Asked) -> web.StreamResponse:
    """Give one call whole."""
    return web.json_response(text=call_of(await _seen(asked), with_cost=asked.sees_all).model_dump_json())


async def recording(asked: Asked) -> web.StreamResponse:
    """Stream a recording, with ranges."""
    entry = await _seen(asked)
    if not asked.sees_all and _own_id(asked) not in entry.agents:
        raise _forbidden("Only those who talked, and supervisors, may listen to a call")
    wanted = asked.request.match_info["number"]
    names = dict(enumerate(entry.recordings))
    name = names.get(int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else None
    path = await asyncio.to_thread(file_below, asked.house.settings.recordings, name) if name else None
    if path is None:
        raise ProblemError(
            404,
            "no-such-recording",
            "There is no such recording",
            what_to_do="It may be past its keeping time; the recording of a live call comes when it ends.",
        )
    headers = {"Content-Type": "audio/wav", "Cache-Control": "private, no-store", "Content-Disposition": "inline"}
    return web.FileResponse(path, headers=headers)


def _query(request: web.Request) -> CallQuery:
    try:
        return CallQuery.model_validate(dict(request.query))
    except ValidationError as faults:
        raise invalid(faults) from None


def _filter(asked: Asked, query: CallQuery) -> CallFilter:
    agent = AgentId(query.agent) if query.agent else None
    if not asked.sees_all:
        own = _own_id(asked)
        if agent is not None and agent != own:
            raise _forbidden("Only supervisors may list another agent's calls")
        agent = None if query.customer else own
        if agent is None and not query.customer:
            raise _forbidden("You take no calls, so there are none of yours to list")
    before = query.before
    if before is not None and before.tzinfo is None:
        before = before.replace(tzinfo=UTC)
    customer = CustomerId(query.customer) if query.customer else None
    return CallFilter(customer_id=customer, agent=agent, before=before, limit=query.limit)


async def _seen(asked: Asked) -> CallEntry:
    entry = await asked.house.history.call(CallId(asked.request.match_info["call_id"]))
    # A call of a customer is part of the record that every agent sees; any other one is between those who talked.
    if entry is None or not (asked.sees_all or entry.customer_id or _own_id(asked) in entry.agents):
        raise ProblemError(
            404,
            "no-such-call",
            "There is no such call that you may see",
            what_to_do="A call appears here a moment after it ends; a supervisor sees all calls.",
        )
    return entry


def _own_id(asked: Asked) -> AgentId | None:
    agent = asked.who.user.agent
    return agent.id if agent else None


def _forbidden(title: str) -> ProblemError:
    return ProblemError(403, "forbidden", title, what_to_do="Ask a supervisor.")
