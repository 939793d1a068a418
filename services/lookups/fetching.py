"""One GET to a company's system, within its time-out and size, and to no other place than the file names.

A name is resolved and its addresses are judged in the same step that connects to them, so that a name
which changes its address in between reaches nothing else. Nothing is read from the environment (proxies),
no cookie is kept, no compressed answer is taken.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection, Mapping
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from services.lookups.configuration import Lookup, host_of
from warmline.errors import UnavailableError

ANSWER_MAX_BYTES = 64 * 1024
REDIRECTS_MAX = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOTHING_THERE = frozenset({400, 403, 404, 410, 422})
"""What a system says to a value that a customer made up: no reason to leave it alone."""


class NoAnswerError(UnavailableError):
    """No usable answer; the message is one of a few words and holds nothing of the answer."""


class Fetching:
    """Opens nothing until the first request."""

    def __init__(self) -> None:
        self._sessions: dict[frozenset[str], aiohttp.ClientSession] = {}

    async def get(self, lookup: Lookup, url: str, headers: Mapping[str, str]) -> bytes | None:
        """The body; None where the system knows of nothing. Raises NoAnswerError, and nothing else,
        within the time-out."""
        try:
            async with asyncio.timeout(lookup.timeout_s):
                return await self._follow(lookup, url, headers)
        except NoAnswerError:
            raise
        except TimeoutError:
            raise NoAnswerError("time-out") from None
        except Exception as error:  # of the client, the resolver, or a malformed answer
            raise NoAnswerError(type(error).__name__) from None

    async def aclose(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def _follow(self, lookup: Lookup, url: str, headers: Mapping[str, str]) -> bytes | None:
        """The secret headers go to the host of the first request only."""
        first = urlsplit(url)
        for _ in range(REDIRECTS_MAX + 1):
            parts = urlsplit(url)
            _refuse_elsewhere(lookup, url, (first.port, None, 443))
            same = (parts.scheme, parts.netloc) == (first.scheme, first.netloc)
            answer = await self._ask(lookup, url, headers if same else {})
            if not isinstance(answer, str):
                return answer
            url = urljoin(url, answer)
        raise NoAnswerError("too many redirects")

    async def _ask(
        self, lookup: Lookup, url: str, headers: Mapping[str, str]
    ) -> bytes | str | None:
        """The body, or where to ask instead."""
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        session = self._session(frozenset(lookup.private_hosts))
        # The address is escaped already; the client must not decode and encode it anew.
        async with session.get(
            URL(url, encoded=True), headers=sent, allow_redirects=False
        ) as answer:
            if answer.status in _REDIRECTS:
                return _location(answer)
            if answer.status in _NOTHING_THERE:
                return None
            if answer.status != 200:
                raise NoAnswerError(f"HTTP {answer.status}")
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise NoAnswerError("compressed")
            received = bytearray()
            async for chunk in answer.content.iter_any():
                received += chunk
                if len(received) > ANSWER_MAX_BYTES:
                    raise NoAnswerError("too long")
            return bytes(received)

    def _session(self, private_hosts: frozenset[str]) -> aiohttp.ClientSession:
        if private_hosts not in self._sessions:
            self._sessions[private_hosts] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=_Judging(private_hosts), use_dns_cache=False, limit_per_host=20
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._sessions[private_hosts]


class _Judging(AbstractResolver):
    """Resolves names; an address that is not public is for the hosts that the file calls private."""

    def __init__(self, private_hosts: frozenset[str]) -> None:
        self._private_hosts = private_hosts
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if host.lower() in self._private_hosts:
            return found
        public = [one for one in found if is_public(one["host"])]
        if len(public) < len(found):
            raise NoAnswerError("private address")
        return public

    async def close(self) -> None:
        await self._resolver.close()


def is_public(address: str) -> bool:
    """Whether an address belongs to the internet: not to this machine, this network, nor to a tunnel
    that leads to one of them."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _refuse_elsewhere(lookup: Lookup, url: str, ports: Collection[int | None]) -> None:
    """The same rules for the first address and for each redirect."""
    parts = urlsplit(url)
    host = host_of(parts.netloc)
    private = host in lookup.private_hosts
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise NoAnswerError("not encrypted")
    if host not in lookup.allowed_hosts or parts.username is not None or parts.port not in ports:
        raise NoAnswerError("host not allowed")
    try:
        literal = is_public(host.strip("[]"))
    except ValueError:
        return  # a name: judged when it is resolved
    if not literal and not private:
        raise NoAnswerError("private address")


def _location(answer: aiohttp.ClientResponse) -> str:
    location = answer.headers.get("Location", "")
    if not location or not location.isascii() or not location.isprintable():
        raise NoAnswerError("redirect to nowhere")
    return location
