"""What the server of a review answers: the page, its sound, its state, and what is decided."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from session_audio.errors import SessionAudioError
from session_audio.review.content import content_of
from session_audio.review.desk import Desk
from session_audio.review.security import COOKIE, Gate

MOST = 1_000_000
"""Bytes of a request that changes something."""
HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def app_of(desk: Desk, gate: Gate, seen: Callable[[], None]) -> ASGIApp:
    """The application.

    Parameters
    ----------
    desk : Desk
        The session under review.
    gate : Gate
    seen : callable
        Called at every request, so that a server that nobody uses can end.
    """

    async def page(_: Request) -> Response:
        shown = await run_in_threadpool(desk.page)
        policy = {"content-security-policy": shown.policy}
        return Response(shown.text, media_type="text/html", headers=policy)

    async def sound(request: Request) -> Response:
        file = await run_in_threadpool(desk.sound)
        return told("there is no sound", 404) if file is None else content_of(file, request)

    async def state(_: Request) -> Response:
        return JSONResponse(await run_in_threadpool(desk.state))

    async def progress(_: Request) -> Response:
        return JSONResponse(desk.progress())

    async def refused(_: Request, error: Exception) -> Response:
        return told(desk.unnamed(str(error)), 409)

    async def stopped(_: Request, error: Exception) -> Response:
        # What a fault says may hold words that were said.
        return told(await run_in_threadpool(desk.shielded, error), 500)

    def changed_by(do: Callable[[Any], object]) -> Callable[[Request], Any]:
        async def change(request: Request) -> Response:
            body = await _body(request)
            if body is None:
                return told("this is too much for one operation", 413)
            try:
                asked = json.loads(body)
            except (ValueError, RecursionError):
                return told("this is not JSON", 400)
            return JSONResponse(await run_in_threadpool(do, asked))

        return change

    routes = [
        Route("/open", entrance(gate)),
        Route("/", page),
        Route("/sound.m4a", sound),
        Route("/state", state),
        Route("/progress", progress),
        *(Route(f"/{name}", changed_by(do), methods=["POST"]) for name, do in desk.changes.items()),
    ]
    app = Starlette(
        routes=routes, exception_handlers={SessionAudioError: refused, Exception: stopped}
    )
    return Guarded(app, gate, seen)


def entrance(gate: Gate) -> Callable[[Request], Any]:
    """What answers the one-time link: it leads to the page, and gives the cookie."""

    async def opened(request: Request) -> Response:
        if not gate.opens(request.query_params.get("token", "")):
            return told("this link was used before; start the command again", 403)
        answer = RedirectResponse(gate.base, 303)
        answer.set_cookie(
            COOKIE, gate.cookie, path=f"/{gate.path}/", httponly=True, samesite="strict"
        )
        return answer

    return opened


async def _body(request: Request) -> bytes | None:
    """What a request holds; None where that is too much."""
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > MOST:
            return None
    return bytes(parts)


def told(text: str, status: int) -> Response:
    """An answer that says what is wrong."""
    return JSONResponse({"error": text}, status)


class Guarded:
    """Asks the gate before the application is asked anything; what it answers is not kept."""

    def __init__(self, app: ASGIApp, gate: Gate, seen: Callable[[], None]) -> None:
        self._app, self._gate, self._seen = app, gate, seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    kept[name] = value
            await send(message)

        refused = self._refusal(Request(scope))
        if refused is not None:
            await refused(scope, receive, closed)
            return
        self._seen()
        inner = {**scope, "path": scope["path"][len(self._gate.path) + 1 :]}
        await self._app(inner, receive, closed)

    def _refusal(self, request: Request) -> Response | None:
        """What is answered to whoever may not ask; None where they may."""
        gate, path = self._gate, request.scope["path"]
        if not gate.asked_well(request.headers):
            return told("this server answers its own page only", 403)
        if not path.startswith(f"/{gate.path}/"):
            return told("there is nothing here", 404)
        if path.endswith("/open") and request.method == "GET":
            return None
        if not gate.may_read(request.cookies):
            return told("open the link that was printed", 403)
        if request.method not in ("GET", "HEAD") and not gate.may_write(request.headers):
            return told("only the page itself can change something", 403)
        return None
