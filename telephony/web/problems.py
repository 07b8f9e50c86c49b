"""Refusals as problem documents (RFC 9457) that say what to do."""

import json
import logging
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

from telephony.errors import StoreUnavailableError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)

_KNOWN = {
    400: ("Bad request", "Check the request against /api/v1/openapi.json."),
    404: ("There is nothing here", "Check the address; /api/v1/openapi.json lists what there is."),
    405: ("This address does not take that method", "Use one of the methods in the Allow header."),
    413: ("The request is too big", "Send at most 1 MiB."),
    416: ("That part of the file does not exist", "Ask for a range inside the file, or for the whole file."),
}


class ProblemError(Exception):
    """A refusal on its way to the browser. `slug` names the kind for programs; the texts are for people."""

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        *,
        detail: str = "",
        what_to_do: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail
        self.what_to_do = what_to_do
        self.headers = headers or {}

    def response(self) -> web.Response:
        """Give the document."""
        document = {
            "type": f"urn:ringside:problem:{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "what_to_do": self.what_to_do,
        }
        return web.Response(
            text=json.dumps(document, ensure_ascii=False),
            status=self.status,
            content_type="application/problem+json",
            headers=self.headers,
        )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every refusal and every fault with a problem document."""
    try:
        return await handler(request)
    except ProblemError as refusal:
        return refusal.response()
    except web.HTTPException as refusal:
        if refusal.status < 400:
            raise
        return _of_http(refusal).response()
    except StoreUnavailableError:
        return store_unavailable().response()
    except Exception:
        return _of_fault(request).response()


def store_unavailable() -> ProblemError:
    """Give the refusal for a database that does not answer."""
    return ProblemError(
        503,
        "store-unavailable",
        "The database does not answer",
        detail="It is locked, full or away. Calls go on; nothing is lost.",
        what_to_do="Try again in a few seconds; if it stays, run `ringside doctor`.",
        headers={"Retry-After": "2"},
    )


def _of_http(refusal: web.HTTPException) -> ProblemError:
    title, what_to_do = _KNOWN.get(refusal.status, (refusal.reason, ""))
    slug = refusal.reason.lower().replace(" ", "-")
    kept = {
        name: refusal.headers[name] for name in ("Allow", "Retry-After", "Content-Range") if name in refusal.headers
    }
    return ProblemError(refusal.status, slug, title, what_to_do=what_to_do, headers=kept)


def _of_fault(request: web.Request) -> ProblemError:
    fault_id = secrets.token_hex(4)
    route = request.match_info.route.resource
    logger_fields = {"action": "request_failed", "fault_id": fault_id, "route": route.canonical if route else ""}
    log.exception("request failed", extra=logger_fields)
    return ProblemError(
        500,
        "fault",
        "Something went wrong on our side",
        detail=f"It is in the server's log under {fault_id}.",
        what_to_do="Try again; if it happens again, tell whoever runs the server the number above.",
    )
