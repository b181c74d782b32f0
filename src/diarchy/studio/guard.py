"""Keep a server on this machine for the person at this machine.

A page of another site can make a browser send requests to a local server. What stands against it: the server
listens on the loopback address only; the Host must name it (a rebound name does not); an Origin, where there
is one, must be its own; and every request but the two that a page begins with carries a token that only the
person's own page knows. Bodies and streams are bounded before they are read.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from diarchy.errors import Fault

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: The largest body that is read: all files of a large case, twice over.
MOST_BODY = 4 * 1024 * 1024
#: The longest path that is looked at.
MOST_PATH = 1024
TOKEN_HEADER = b"x-diarchy-token"
#: What a page may do: run and show its own files, talk to its own server, nothing else.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class Guard:
    """Wraps an application: refuses what is not from the person's own page, and bounds the rest.

    Parameters
    ----------
    app : what to guard.
    port : the port that is listened on; the Host must name it.
    token : what a request under ``/api/`` must carry.
    """

    def __init__(self, app: Any, port: int, token: str):
        self.app, self.token = app, token.encode()
        names = ("127.0.0.1", "localhost")
        self.hosts = {f"{name}:{port}".encode() for name in names}
        self.origins = {f"http://{name}:{port}".encode() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no other protocol is spoken: the server closes the connection
        refused = self._refused(scope)
        if refused:
            await _refuse(send, *refused)
            return
        await self.app(scope, _Bounded(receive), _with_headers(send))

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        """Status and reason to refuse a request by its head; None to take it."""
        heads: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            heads.setdefault(name.lower(), []).append(value)
        if heads.get(b"host", []) not in ([host] for host in self.hosts):
            return 421, "this server answers to its own address only"
        if any(origin not in self.origins for origin in heads.get(b"origin", [])):
            return 403, "a page of another site asked"
        if heads.get(b"sec-fetch-site", [b"none"])[0] in (b"cross-site", b"same-site"):
            return 403, "a page of another site asked"
        if len(scope["path"]) > MOST_PATH:
            return 414, "the address is too long"
        if scope["path"].startswith("/api/") and not self._known(heads.get(TOKEN_HEADER, [])):
            return 401, "the token is missing or is not this server's"
        length = heads.get(b"content-length", [b"0"])[0]
        if not length.isdigit() or int(length) > MOST_BODY:
            return 413, f"more than {MOST_BODY // 2**20} MB"
        return None

    def _known(self, tokens: list[bytes]) -> bool:
        """Whether the one token given is ours, compared in constant time."""
        return len(tokens) == 1 and hmac.compare_digest(tokens[0], self.token)


class TooLarge(Exception):
    """A body that went on beyond its bound."""


class _Bounded:
    """Receives a body up to the bound, whatever its head said of its length."""

    def __init__(self, receive: Receive):
        self.receive, self.left = receive, MOST_BODY

    async def __call__(self) -> MutableMapping[str, Any]:
        """The next part."""
        message = await self.receive()
        self.left -= len(message.get("body", b""))
        if self.left < 0:
            raise TooLarge
        return message


def _with_headers(send: Send) -> Send:
    """Send with the page's policy on every answer."""

    async def wrapped(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *HEADERS]
        await send(message)

    return wrapped


async def _refuse(send: Send, status: int, reason: str) -> None:
    """Answer without having read a body, and close."""
    body = json.dumps({"faults": [vars(Fault(reason))]}).encode()
    head = [(b"content-type", b"application/json"), (b"connection", b"close"), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
