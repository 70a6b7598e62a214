"""A group's reports as they are, handed out to one browser: for those that are encrypted.

A browser cannot open an encrypted file.  Here it is decrypted as it is sent, and written nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from session_audio.encryption import covered
from session_audio.errors import SessionAudioError
from session_audio.flow.context import Context
from session_audio.flow.session import open_run
from session_audio.review.app import Guarded, entrance, told
from session_audio.review.content import content_of
from session_audio.review.security import Gate
from session_audio.workspace import manifest
from session_audio.workspace.store import OUT


@dataclass(frozen=True)
class Shelf:
    """The reports of one group.

    Parameters
    ----------
    group : Path
        Its folder.
    first : Path
        What is shown first, a file in ``out`` of the group or of one of its sessions.
    context : Context
    """

    group: Path
    first: Path
    context: Context
    busy = False

    def file(self, name: str) -> Path | None:
        """The file that is asked for by its path in the group; None where it is not to be shown.

        Raises
        ------
        SessionAudioError
            When it is a session's whose consent no longer stands.
        """
        path = (self.group / name).resolve()
        if not path.is_relative_to(self.group) or not path.is_file():
            return None
        parts = path.relative_to(self.group).parts
        if parts[0] == OUT and len(parts) > 1:
            return path
        if len(parts) == 3 and parts[1] == OUT:
            open_run(self.group / parts[0], self.context)
            return path
        return None


def shelf_of(path: Path, context: Context) -> Shelf:
    """What is shown for `path`: a group's series, a session's report, or one file in ``out``.

    Raises
    ------
    SessionAudioError
        When there is no such thing, or it may not be shown.
    """
    path = path.resolve()
    above = [folder for folder in (path, *path.parents) if (folder / manifest.GROUP_FILE).is_file()]
    if not above:
        raise SessionAudioError(f"{path.name} is no group, and lies in none")
    group = above[0]
    covered.has_key(group)
    names = {True: "series.html", False: "report.html"}
    first = path / OUT / names[path == group] if path.is_dir() else path
    shelf = Shelf(group, first, context)
    if not first.is_file():
        raise SessionAudioError(
            f"{first.name} of {path.name} is not there", hint=f"session-audio run {group.name}"
        )
    if shelf.file(first.relative_to(group).as_posix()) is None:
        raise SessionAudioError(f"{path.name} is nothing that is shown: name a file in out")
    return shelf


def app_of(shelf: Shelf, gate: Gate, seen: Callable[[], None]) -> ASGIApp:
    """The application; see `review.app.app_of`."""

    async def first(_: Request) -> Response:
        name = shelf.first.relative_to(shelf.group).as_posix()
        return RedirectResponse(gate.base + quote(name), 303)

    async def file(request: Request) -> Response:
        path = await run_in_threadpool(shelf.file, request.path_params["name"])
        return told("there is nothing here", 404) if path is None else content_of(path, request)

    async def refused(_: Request, error: Exception) -> Response:
        return told(manifest.masked(str(error), manifest.load_group(shelf.group)), 409)

    app = Starlette(
        routes=[
            Route("/open", entrance(gate)),
            Route("/", first),
            Route("/{name:path}", file, methods=["GET"]),
        ],
        exception_handlers={SessionAudioError: refused},
    )
    return Guarded(app, gate, seen)
