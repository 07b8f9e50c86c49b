"""One HTTP session to the cloud, and what became of a request: nothing sent, or nobody knows."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp import ClientHandlerType

from telephony.errors import CarrierUnavailableError, OutcomeUnknownError


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long the cloud is waited for, in seconds."""

    connect_s: float = 3.0
    request_s: float = 10.0
    """For one question with its repeats."""
    pauses_s: tuple[float, ...] = (0.2, 0.8)
    """Before each repeat of a GET; nothing else is ever repeated."""
    retry_after_s: float = 2.0
    """The longest pause the cloud may ask for; a longer one is not waited."""
    list_lag_s: float = 10.0
    """How long a list may not show a call that was placed."""
    look_again_s: float = 1.5
    download_s: float = 1800.0


def new_session(base_url: str, pace: Pace) -> aiohttp.ClientSession:
    """Return a session for this provider, by the proxy the environment names, without cookies and compression."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=pace.request_s, connect=pace.connect_s),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,  # a bound on what is read says nothing about what it unpacks to
        proxy=_proxy_for(base_url),  # trust_env would also look for another secret in ~/.netrc, at every request
        middlewares=(_sent_once,),
    )


def authorization(account_sid: str, auth_token: str) -> str:
    """Return the header that proves who asks (RFC 7617)."""
    return f"Basic {b64encode(f'{account_sid}:{auth_token}'.encode()).decode()}"


def _proxy_for(base_url: str) -> str | None:
    try:
        parts = urlsplit(base_url)
        host = f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        return None  # whoever asks is told that it is no address
    return None if proxy_bypass(host) else getproxies().get(parts.scheme)


class _CutOffError(OutcomeUnknownError):
    """The connection broke after the request had it."""


async def _sent_once(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending again: it does so by itself for these two when the method is idempotent."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        raise _CutOffError("the provider broke the connection before it answered") from None


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn the library's errors into ours; its own words hold addresses, and those the numbers of people.

    Raises CarrierUnavailableError when no connection was made, OutcomeUnknownError for everything after.
    """
    try:
        yield
    except aiohttp.ConnectionTimeoutError:
        raise CarrierUnavailableError("the provider cannot be reached in time: check the network") from None
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError):
        raise CarrierUnavailableError(
            "the provider's certificate is not one we trust: check api_base_url and the machine's certificates"
        ) from None
    except (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError):
        raise CarrierUnavailableError("the proxy does not let us through: check HTTPS_PROXY and NO_PROXY") from None
    except aiohttp.ClientConnectorError:
        raise CarrierUnavailableError("the provider cannot be reached: check api_base_url and the network") from None
    except aiohttp.InvalidURL:
        raise CarrierUnavailableError("api_base_url is no address") from None
    except (TimeoutError, asyncio.IncompleteReadError):
        raise OutcomeUnknownError("the provider did not answer in time") from None
    except (aiohttp.ClientError, OSError):
        raise OutcomeUnknownError("the provider's answer broke off, or is no HTTP") from None
