"""Who may ask, and how much: before a request reaches any route."""

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN = ("/health",)  # load balancers ask it without credentials
TOO_LARGE = "The body is longer than MAX_BODY_MB allows."


class BasicAuth:
    """Basic auth on all but OPEN; user and password are compared in constant time."""

    def __init__(self, app: App, user: str, password: str) -> None:
        self._app = app
        self._wanted = f"{user}:{password}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN or self._knows(scope):
            await self._app(scope, receive, send)
        else:
            challenge = (b"www-authenticate", b'Basic realm="spaCy"')
            await _refuse(send, 401, b"User and password are needed.", challenge)

    def _knows(self, scope: Scope) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"")
        kind, _, value = given.partition(b" ")
        try:
            decoded = base64.b64decode(value, validate=True)
        except binascii.Error:
            decoded = b""
        return secrets.compare_digest(decoded, self._wanted) and kind.lower() == b"basic"


class BodyLimit:
    """Refuses bodies of more than so many bytes, whether or not they say how long they are."""

    def __init__(self, app: App, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._limit:
            await _refuse(send, 413, TOO_LARGE.encode())
            return
        await self._limited(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the bytes as they come; past the limit, our answer takes the place of any other."""
        received = 0
        refused = False

        async def counting() -> MutableMapping[str, Any]:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                return {"type": "http.disconnect"}  # the application reads no further
            return message

        async def answering(message: MutableMapping[str, Any]) -> None:
            nonlocal refused
            if received <= self._limit:
                await send(message)
            elif not refused:
                refused = True
                await _refuse(send, 413, TOO_LARGE.encode())

        await self._app(scope, counting, answering)
        if received > self._limit:
            await answering({})


async def _refuse(send: Send, status: int, reason: bytes, *headers: tuple[bytes, bytes]) -> None:
    body = b'{"detail":"%s"}' % reason
    length = (b"content-length", str(len(body)).encode())
    start = [(b"content-type", b"application/json"), length, *headers, (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
