"""Who may ask: only this machine's own pages and programs that carry the server's token.

A server on 127.0.0.1 can be reached by any web page that the user opens elsewhere (DNS rebinding,
cross-site forms). So each request must name a known host, must not come from a foreign page, and must
carry a secret that only the printed address holds.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kozue.core.errors import LimitError
from kozue.doors.rest.problems import AuthenticationError, ForbiddenError, error_response

LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
OPEN_PATHS = ("/api/health", "/ui/static/", "/favicon.ico")
UPLOAD_PATH = "/api/files"

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# The address with the token is opened from a terminal or another page, where a strict cookie set on a
# redirect would not be sent along; a page of our own that goes on by itself is the same site.
_WELCOME = """<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={target}">
<title>Kozue</title><p><a href="{target}">Kozue</a></p>"""


def cookie_name(token: str) -> str:
    """Return the cookie's name: its own for each server, since cookies do not tell ports apart."""
    return "kozue_" + hashlib.sha256(token.encode()).hexdigest()[:12]


class Guard:
    """ASGI layer that checks host, origin, token and body size, and sets the security headers.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    token : str or None
        The secret; None lets everyone in who names a known host.
    hosts : iterable of str
        Host names allowed in the Host header, without port; ``"*"`` allows all.
    max_body : int
        Bytes of a request body, except for uploads.
    max_upload : int
        Bytes of an upload.
    """

    def __init__(
        self, app: ASGIApp, *, token: str | None, hosts: Iterable[str], max_body: int, max_upload: int
    ) -> None:
        self.app = app
        self.token = token
        self.hosts = {host.lower() for host in hosts}
        self.max_body = max_body
        self.max_upload = max_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = self.refusal(scope, headers)
        if refused is not None:
            await refused(scope, receive, with_headers(send))
            return
        limit = self.max_upload if scope["path"] == UPLOAD_PATH else self.max_body
        await self.app(scope, limited(receive, limit), with_headers(send))

    def refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """Return the answer to a request that must not go on, or None."""
        try:
            self.check_host(headers)
            self.check_origin(headers, scope["method"])
            welcome = self.check_token(scope, headers)
            limit = self.max_upload if scope["path"] == UPLOAD_PATH else self.max_body
            check_length(headers, limit)
        except (ForbiddenError, AuthenticationError, LimitError) as error:
            page = getattr(scope["app"].state, "error_page", None) if "app" in scope else None
            if page is not None and scope["path"].startswith("/ui"):
                from starlette.requests import Request

                shown: Response = page(Request(scope), error.problem())
                return shown
            return error_response(error)
        return welcome

    def check_host(self, headers: Headers) -> None:
        """Refuse a Host header that is not ours (DNS rebinding)."""
        host = host_name(headers.get("host", ""))
        if "*" not in self.hosts and host not in self.hosts:
            raise ForbiddenError(
                f"This server does not answer for the host {host[:100]!r}.",
                "Use the address that it printed when it started, or start it with that host allowed.",
            )

    def check_origin(self, headers: Headers, method: str) -> None:
        """Refuse what another site's page sends."""
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
            raise ForbiddenError(
                f"Requests from {origin[:100]!r} are not answered.", "Use Kozue's own pages."
            )
        foreign = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if foreign and not (method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"):
            raise ForbiddenError(
                "Requests from another site's page are not answered.", "Use Kozue's own pages."
            )

    def check_token(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse a request without the secret; a page opened with it in the address gets a cookie."""
        path: str = scope["path"]
        if self.token is None or path.startswith(OPEN_PATHS):
            return None
        given = headers.get("authorization", "")
        if given[:7].lower() == "bearer " and same(given[7:].strip(), self.token):
            return None
        if same(cookie(headers, cookie_name(self.token)), self.token):
            return None
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if same(query.get("token", [""])[0], self.token):
            return self.welcome(path) if path == "/" or path.startswith("/ui") else None
        raise AuthenticationError(
            "This server answers only with its token.",
            "Open the address that it printed when it started, or send the header 'Authorization: Bearer TOKEN'.",
        )

    def welcome(self, path: str) -> Response:
        """Return a page that sets the cookie and goes on to the address without the token."""
        assert self.token is not None
        clean = path if path.startswith("/ui") and all(c.isalnum() or c in "/_-." for c in path) else "/ui/"
        response = HTMLResponse(_WELCOME.format(target=clean))
        response.set_cookie(cookie_name(self.token), self.token, httponly=True, samesite="strict", path="/")
        return response


def same(given: str, secret: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def cookie(headers: Headers, name: str) -> str:
    """Return a cookie's value, or an empty text."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def host_name(host: str) -> str:
    """Return a Host header without its port, lower case."""
    host = host.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def too_large(limit: int) -> LimitError:
    """Build the error for a body over the limit."""
    return LimitError(
        f"The request is larger than {limit / 1e6:,.0f} MB.",
        "Upload large inputs with POST /api/files and start a run with POST /api/runs.",
    )


def check_length(headers: Headers, limit: int) -> None:
    """Refuse at once what says that it is too large."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limit:
        raise too_large(limit)


def limited(receive: Receive, limit: int) -> Receive:
    """Count the bytes of a body that does not say how long it is, and stop at the limit."""
    seen = 0

    async def count() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                # FastAPI passes this class on unchanged while it reads a body; others become a 400.
                raise HTTPException(413, too_large(limit).message)
        return message

    return count


def with_headers(send: Send) -> Send:
    """Add the security headers to every response that has not set its own."""

    async def start(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", POLICY)
            headers.setdefault("Cache-Control", "no-store")
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return start
