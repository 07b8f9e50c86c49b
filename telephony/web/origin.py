"""Who asks: from which address, and from which web page."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import web

from telephony.web.problems import ProblemError

Network = IPv4Network | IPv6Network


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Read CIDR texts. Raises ValueError."""
    return tuple(ip_network(text) for text in texts)


def is_within(address: str, nets: Sequence[Network]) -> bool:
    """Tell whether an address is in one of the networks; what is no address is in none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in net for net in nets)


def client_address(request: web.Request, trusted: Sequence[Network]) -> str:
    """Give the address of who asks: the peer, or what our own proxies say of theirs."""
    address = request.remote or ""
    forwarded = [part.strip() for line in request.headers.getall("X-Forwarded-For", []) for part in line.split(",")]
    # Read from the right: each proxy of ours appends what it saw; what is further left a stranger may have written.
    while forwarded and is_within(address, trusted):
        address = forwarded.pop()
    return address


def rate_key(address: str) -> str:
    """Give what counts as one caller for rate limits: an IPv4 address, or an IPv6 /64, since one home has all of it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 4:
        return str(parsed)
    return str(ip_network((int(parsed) >> 64 << 64, 64)))


def require_own_page(request: web.Request, public_base_url: str) -> None:
    """Refuse what another site's page sends with our cookie (CSRF, and CSWSH on web socket upgrades).

    Browsers send Origin on every POST and every upgrade, and pages cannot forge it; programs that send none carry
    nobody else's cookie.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
            raise _foreign(origin)
        return
    asked = urlsplit(origin)
    own = urlsplit(public_base_url)
    if public_base_url and (asked.scheme, asked.netloc) == (own.scheme, own.netloc):
        return
    if asked.scheme not in {"http", "https"} or asked.netloc != request.host:
        raise _foreign(origin)


def _foreign(origin: str | None) -> ProblemError:
    return ProblemError(
        403,
        "foreign-page",
        "The request comes from another site's page",
        detail=f"Origin: {(origin or 'none')[:200]}",
        what_to_do="Open the desk at its own address; behind a proxy, set server.public_base_url to it.",
    )
