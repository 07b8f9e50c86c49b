"""Hashes passwords with argon2id, away from the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from telephony.web.problems import ProblemError

_AT_ONCE = 2  # each hash takes 64 MiB and a core
_LIMIT_S = 10.0


def hash_password(password: str) -> str:
    """Return the argon2id hash to keep. Takes some 50 ms of a core: never on the event loop."""
    return PasswordHasher().hash(password)


class Passwords:
    """Checks passwords in its own threads, a few at a time. Close it when done."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="argon2")
        self._nobodys = self._hasher.hash("nobody")

    async def are_right(self, password_hash: str | None, password: str) -> bool:
        """Tell whether the password belongs to the hash. None (no such user) takes as long and is never right."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_LIMIT_S):
                return await loop.run_in_executor(self._threads, self._check, password_hash, password)
        except TimeoutError:
            raise ProblemError(
                503,
                "busy",
                "Too many people log in at once",
                what_to_do="Try again in a few seconds.",
                headers={"Retry-After": "5"},
            ) from None

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _check(self, password_hash: str | None, password: str) -> bool:
        try:
            # The same work for a user we do not have, so that the time does not tell who exists.
            self._hasher.verify(password_hash or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(password_hash)
