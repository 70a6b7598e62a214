"""Runs the server of a review: on loopback, until Ctrl-C or until nobody uses it any more."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Protocol, TypeVar

import uvicorn
from starlette.types import ASGIApp

from session_audio.review.security import Gate

HOST = "127.0.0.1"
SERVER = "review"
"""Name of the thread of `serving`."""
_LOOK = 2.0
"""Seconds between two looks whether anybody still uses it."""


def listen() -> socket.socket:
    """A socket on loopback, at a port that is free."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.bind((HOST, 0))
    return found


class Served(Protocol):
    """What is served."""

    @property
    def busy(self) -> bool:
        """Whether something is computed now."""
        ...


T = TypeVar("T", bound=Served)


def serve(
    desk: T,
    gate: Gate,
    own: socket.socket,
    idle: float,
    ready: Callable[[str], None],
    over: Callable[[], bool] = lambda: False,
    *,
    app: Callable[[T, Gate, Callable[[], None]], ASGIApp],
) -> None:
    """Serve until Ctrl-C, or until nothing was asked for `idle` seconds.

    Parameters
    ----------
    desk : Served
    gate : Gate
        Made for the port of `own`.
    own : socket
        See `listen`; closed at the end.
    idle : float
        Seconds.
    ready : callable
        Called with the one-time link once the server answers.
    over : callable, optional
        Asked now and then whether to end.
    app : callable
        Makes the application of `desk`, `gate` and what is called at every request.
    """
    with closing(own):
        asyncio.run(_serve(desk, gate, own, idle, ready, over, app))


@contextmanager
def serving(
    desk: T,
    gate: Gate,
    own: socket.socket,
    *,
    app: Callable[[T, Gate, Callable[[], None]], ASGIApp],
    idle: float = 900.0,
    patience: float = 120.0,
) -> Iterator[str]:
    """Serve in a thread while the block lasts, for a program that looks at the pages.

    It is given the one-time link.  See `serve`; it may take `patience` seconds to answer.

    Raises
    ------
    TimeoutError
        When it does not.
    """
    links: list[str] = []
    answers, over = threading.Event(), threading.Event()

    def ready(link: str) -> None:
        links.append(link)
        answers.set()

    server = threading.Thread(
        target=serve,
        name=SERVER,
        args=(desk, gate, own, idle, ready, over.is_set),
        kwargs={"app": app},
    )
    server.start()
    try:
        if not answers.wait(patience):
            raise TimeoutError("the review's server did not answer")
        yield links[0]
    finally:
        over.set()
        server.join(patience)


async def _serve(
    desk: T,
    gate: Gate,
    own: socket.socket,
    idle: float,
    ready: Callable[[str], None],
    over: Callable[[], bool],
    app: Callable[[T, Gate, Callable[[], None]], ASGIApp],
) -> None:
    last = time.monotonic()

    def seen() -> None:
        nonlocal last
        last = time.monotonic()

    server = uvicorn.Server(
        uvicorn.Config(
            app(desk, gate, seen),
            log_config=None,
            log_level="critical",  # what an error says may hold words
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=2,
        )
    )

    async def watch() -> None:
        while not server.started:
            await asyncio.sleep(0.02)
        ready(gate.link)
        while desk.busy or (time.monotonic() - last < idle and not over()):
            await asyncio.sleep(min(_LOOK, idle))
        server.should_exit = True

    watching = asyncio.create_task(watch())
    try:
        await server.serve(sockets=[own])
    finally:
        watching.cancel()
