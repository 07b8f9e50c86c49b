"""Who may come in: log-in, sessions, log-out."""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from telephony.ports import Clock, Sessions, User, Users
from telephony.web.attempts import Allowance, Attempts
from telephony.web.origin import client_address, networks, rate_key
from telephony.web.passwords import Passwords, hash_password
from telephony.web.problems import ProblemError
from telephony.web.settings import WebSettings

__all__ = ["Door", "Visitor", "hash_password"]

log = logging.getLogger(__name__)

_WITHIN = timedelta(minutes=5)
LOGIN_SHOWN = 2
"""Last characters of a login name in the log, as of a telephone number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who is logged in. `session` is the hash of their token, as it is stored."""

    user: User
    session: str


class Door:
    """Lets users in and out. The token lives in the browser's cookie only; we keep its hash."""

    def __init__(
        self, settings: WebSettings, users: Users, sessions: Sessions, passwords: Passwords, clock: Clock
    ) -> None:
        self._settings = settings
        self._users = users
        self._sessions = sessions
        self._passwords = passwords
        self._clock = clock
        self._attempts = Attempts()
        self._proxies = networks(settings.trusted_proxies)
        # The prefix makes browsers refuse the cookie from other hosts and without TLS (RFC 6265bis).
        self._cookie = "__Host-ringside" if settings.secure else "ringside"

    async def log_in(self, request: web.Request, login: str, password: str) -> tuple[User, str]:
        """Return the user and a new session's token. Raises ProblemError 401 or 429, and StoreUnavailableError."""
        allowances = self._allowances(request, login)
        wait = self._attempts.take(allowances, self._clock.now())
        if wait:
            raise _too_many(wait)
        user = await self._users.get(login)
        if not await self._passwords.are_right(user.password_hash if user else None, password) or user is None:
            who = {"login": _mask(login), "address": client_address(request, self._proxies)}
            log.info("log-in refused", extra={"action": "login_refused", **who})
            raise _wrong()
        self._forget(allowances)
        token = secrets.token_urlsafe(32)
        until = self._clock.now() + timedelta(seconds=self._settings.session_s)
        await self._sessions.open(_hash(token), user.login, until)
        return user, token

    async def visitor(self, request: web.Request) -> Visitor | None:
        """Give who asks; None when nobody is logged in. Raises StoreUnavailableError."""
        token = request.cookies.get(self._cookie)
        if not token or len(token) > 128:
            return None
        session = _hash(token)
        user = await self._user_of(session)
        return Visitor(user=user, session=session) if user else None

    async def is_open(self, session: str) -> bool:
        """Tell whether a session still holds. Raises StoreUnavailableError."""
        return await self._user_of(session) is not None

    async def log_out(self, visitor: Visitor) -> None:
        """End the session. Raises StoreUnavailableError."""
        await self._sessions.close(visitor.session)

    def put_cookie(self, response: web.StreamResponse, token: str) -> None:
        """Give the browser its token."""
        response.set_cookie(
            self._cookie,
            token,
            max_age=self._settings.session_s,
            httponly=True,
            samesite="Strict",
            secure=self._settings.secure,
        )

    def take_cookie(self, response: web.StreamResponse) -> None:
        """Have the browser forget its token."""
        response.del_cookie(self._cookie, httponly=True, samesite="Strict", secure=self._settings.secure)

    async def _user_of(self, session: str) -> User | None:
        login = await self._sessions.login_of(session, self._clock.now())
        return await self._users.get(login) if login else None

    def _forget(self, allowances: list[Allowance]) -> None:
        pair, *wider = allowances
        self._attempts.forgive(pair.key)
        for allowance in wider:
            self._attempts.give_back(allowance.key)

    def _allowances(self, request: web.Request, login: str) -> list[Allowance]:
        address = rate_key(client_address(request, self._proxies))
        # Few for one login from one address; more for each alone, so that a stranger cannot lock a user out at once.
        return [
            Allowance(key=f"pair {login}\n{address}", most=5, within=_WITHIN),
            Allowance(key=f"address {address}", most=60, within=_WITHIN),
            Allowance(key=f"login {login}", most=60, within=_WITHIN),
        ]


def _mask(login: str) -> str:
    """Return a login name as logs may show it: people type their number, or their password, into the wrong field."""
    shown = login[-LOGIN_SHOWN:]
    return f"…{shown}" if len(login) > 2 * LOGIN_SHOWN and shown.isprintable() else "…"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _too_many(wait_s: int) -> ProblemError:
    return ProblemError(
        429,
        "too-many-attempts",
        "Too many attempts to log in",
        what_to_do=f"Wait {wait_s} seconds, then try again. A new password is set with `ringside users add LOGIN`.",
        headers={"Retry-After": str(wait_s)},
    )


def _wrong() -> ProblemError:
    return ProblemError(
        401,
        "wrong-login",
        "Login name or password is wrong",
        what_to_do="Check both and try again; a new password is set with `ringside users add LOGIN`.",
    )
