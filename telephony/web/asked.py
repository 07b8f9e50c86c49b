"""One request with all that answers it."""

from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from telephony.journey.moves import MovesPort
from telephony.ports import CallHistory, RecordSource, Role
from telephony.web.auth import Door, Visitor
from telephony.web.problems import ProblemError
from telephony.web.settings import WebSettings
from telephony.web.sockets import AgentSockets

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the API's handlers work with."""

    settings: WebSettings
    door: Door
    customers: RecordSource
    history: CallHistory
    sockets: AgentSockets
    moves: MovesPort


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request; `visitor` is None only where anyone may ask."""

    request: web.Request
    house: House
    visitor: Visitor | None = None

    @property
    def who(self) -> Visitor:
        """Give the visitor. Raises ProblemError 401 when nobody is logged in."""
        if self.visitor is None:
            raise unauthorised()
        return self.visitor

    @property
    def sees_all(self) -> bool:
        """Tell whether the visitor may see everybody's calls."""
        return self.who.user.role in {Role.SUPERVISOR, Role.ADMIN}

    async def body(self, model: type[M]) -> M:
        """Read the JSON body. Raises ProblemError 400, 415 or 422."""
        if self.request.content_type != "application/json":
            raise ProblemError(
                415, "not-json", "The body must be JSON", what_to_do="Send it with Content-Type: application/json."
            )
        try:
            return model.model_validate_json(await self.request.read())
        except ValidationError as faults:
            raise invalid(faults) from None


def unauthorised() -> ProblemError:
    """Give the refusal for somebody who is not logged in."""
    return ProblemError(401, "not-logged-in", "You are not logged in", what_to_do="Log in and try again.")


def invalid(faults: ValidationError) -> ProblemError:
    """Give the refusal for outside text that is not what was agreed; it never repeats what was sent (passwords!)."""
    each = faults.errors(include_url=False, include_context=False, include_input=False)
    if each[0]["type"] == "json_invalid":
        return ProblemError(
            400, "bad-json", "The body is not JSON", detail=each[0]["msg"], what_to_do="Send valid JSON in UTF-8."
        )
    told = "; ".join(f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}" for fault in each[:10])
    return ProblemError(
        422,
        "bad-value",
        "Something in the request is not as agreed",
        detail=told,
        what_to_do="Correct the named fields; /api/v1/openapi.json tells what is allowed.",
    )
