"""The REST API on HTTP: who may ask, what misbehaves, and what is there."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.typedefs import Middleware

from tests.fakes.twilio.misbehave import Handler, Misbehaving
from tests.fakes.twilio.resources import problem

Fields = tuple[tuple[str, str], ...]


class ProblemError(Exception):
    """What the API refuses."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def response(self) -> web.Response:
        return web.json_response(problem(self.status, self.code, str(self)), status=self.status)


def not_found(path: str) -> ProblemError:
    return ProblemError(404, 20404, f"The requested resource {path} was not found")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """One request to the API, as it came; `fields` keeps repeated fields."""

    method: str
    path: str
    query: Mapping[str, str]
    fields: Fields

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.fields if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]


def middleware(
    account_sid: str, token: str, misbehaving: Misbehaving, seen: list[ApiRequest], crashes: list[BaseException]
) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        fields = await fields_of(request)
        seen.append(ApiRequest(method=request.method, path=request.path, query=dict(request.query), fields=fields))

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                _check_login(request, account_sid, token)
                return await handler(request)
            except ProblemError as refused:
                return refused.response()
            except web.HTTPNotFound:
                return not_found(request.path).response()
            except web.HTTPMethodNotAllowed:
                return ProblemError(405, 20004, "Method not allowed").response()
            except ConnectionError:
                raise
            except Exception as bug:
                crashes.append(bug)
                raise

        return await misbehaving.answer(request, guarded)

    return guard


async def fields_of(request: web.Request) -> Fields:
    """Give the form of a request, in order, repeated fields and all."""
    return tuple((name, str(value)) for name, value in (await request.post()).items())


def _check_login(request: web.Request, account_sid: str, token: str) -> None:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(value, validate=True).decode() if kind == "Basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        given = ""
    if given != f"{account_sid}:{token}":
        raise ProblemError(401, 20003, "Authenticate")
    if request.match_info.get("account", account_sid) != account_sid:
        raise not_found(request.path)


def page_of(request: web.Request, name: str, items: Sequence[object]) -> web.Response:
    """Answer a page of a list: https://www.twilio.com/docs/usage/twilios-response#pagination."""
    size, page = _number(request, "PageSize", 50), _number(request, "Page", 0)
    size = min(max(size, 1), 1000)
    first = page * size
    shown = items[first : first + size]
    more = first + size < len(items)
    document = {
        "first_page_uri": _page_uri(request, 0, size),
        "next_page_uri": _page_uri(request, page + 1, size) if more else None,
        "previous_page_uri": _page_uri(request, page - 1, size) if page else None,
        "page": page,
        "page_size": size,
        "start": first,
        "end": first + len(shown) - 1 if shown else 0,
        "uri": request.path_qs,
        name: shown,
    }
    return web.json_response(document)


def _number(request: web.Request, name: str, otherwise: int) -> int:
    value = request.query.get(name, "")
    return int(value) if value.isdecimal() else otherwise


def _page_uri(request: web.Request, page: int, size: int) -> str:
    query = [(name, value) for name, value in request.query.items() if name not in ("Page", "PageSize", "PageToken")]
    return f"{request.path}?{urlencode([*query, ('PageSize', size), ('Page', page)])}"


def moment(text: str) -> datetime:
    """Read a date filter: a day, or a moment in UTC. Raises ProblemError."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ProblemError(400, 20001, f"Parameter StartTime is not a date: {text}") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
