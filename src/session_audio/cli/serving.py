"""What ``review`` and ``view`` share: pages handed out to one browser on this machine."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from session_audio.cli.stopping import stop_code

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from session_audio.review.security import Gate
    from session_audio.review.server import Served

T = TypeVar("T", bound="Served")
IDLE = 30.0
"""Minutes without a request after which the server ends."""


def with_server(command: Callable[..., Any]) -> Callable[..., Any]:
    """`command` with the options ``--open`` and ``--idle``."""
    command = click.option(
        "--idle",
        type=click.FloatRange(0.05, 24 * 60),
        default=IDLE,
        show_default=True,
        metavar="MINUTES",
        help="End when nothing was asked for so long.",
    )(command)
    return click.option("--open", "open_browser", is_flag=True, help="Open it in the browser.")(
        command
    )


def hand_out(
    pages: T,
    gate: Gate,
    own: socket.socket,
    *,
    app: Callable[[T, Gate, Callable[[], None]], ASGIApp],
    idle: float,
    open_browser: bool,
    what: str,
) -> None:
    """Print the link and serve `pages` until Ctrl-C, which is how it ends, or `idle` minutes.

    See `review.server.serve`; `what` is said to end by Ctrl-C.
    """
    import webbrowser

    from session_audio.review.server import serve

    def ready(link: str) -> None:
        click.echo(f"{link}\nThe link works once. Ctrl-C ends {what}.")
        if open_browser:
            webbrowser.open(link)

    try:
        serve(pages, gate, own, idle * 60, ready, app=app)
    except KeyboardInterrupt as stop:
        if stop_code(stop) != 128 + signal.SIGINT:
            raise
