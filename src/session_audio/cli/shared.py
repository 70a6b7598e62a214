"""What every verb shares: paths as arguments, and errors as one message."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from session_audio.cli.stopping import stop_code, stopping
from session_audio.errors import ConsentError, SessionAudioError
from session_audio.workspace.names_of_files import reachable


class _Path(click.Path):
    """A path as it is typed; on Windows one that is long in the form that may be."""

    def convert(self, value: Any, *about: Any) -> Path:
        """The path."""
        return reachable(Path(os.fsdecode(super().convert(value, *about))))


PATH = _Path(path_type=Path)


def worst(errors: Iterable[SessionAudioError]) -> int:
    """The exit code of several errors: 1 where something failed, else 3 where one was refused."""
    return min((error.exit_code for error in errors), default=0)


def reported(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Turn our errors into one message and the exit code that they carry."""

    @wraps(verb)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            with stopping():
                return verb(*args, **kwargs)
        except SessionAudioError as error:
            click.echo(f"session-audio: {error}", err=True)
            sys.exit(error.exit_code)
        except KeyboardInterrupt as stop:
            click.echo("\nsession-audio: stopped; what was done is kept.", err=True)
            sys.exit(stop_code(stop))
        except BrokenPipeError:
            sys.exit(1)
        except (click.ClickException, SystemExit):
            raise
        except BaseException as error:  # a library in Rust may raise what is no Exception
            if os.environ.get("SESSION_AUDIO_TRACEBACK"):
                raise
            click.echo(f"session-audio: {_unexpected(error)}", err=True)
            sys.exit(1)

    return wrapper


def with_settings(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb ``--settings``: one file in place of each group's own."""

    @click.option(
        "--settings",
        "settings_file",
        type=PATH,
        help="A settings file in place of each group's own settings.toml.",
    )
    @wraps(verb)
    def wrapper(*args: Any, settings_file: Path | None, **kwargs: Any) -> Any:
        from session_audio.flow.context import current, using

        with using(replace(current(), settings_file=settings_file)):
            return verb(*args, **kwargs)

    return wrapper


def exit_code(statuses: Iterable[str]) -> int:
    """The exit code of a batch: 1 where one failed or was paused, 3 where refused, else 0."""
    worst = {
        "failed": SessionAudioError.exit_code,
        "paused": SessionAudioError.exit_code,
        "refused": ConsentError.exit_code,
    }
    return min((worst[status] for status in statuses if status in worst), default=0)


def _unexpected(error: BaseException) -> str:
    """What is said of a fault of ours: where, and never the text, which may hold words said."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f[0]]
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return (
        f"stopped by an unexpected {type(error).__name__}{where}. This is a fault of the software; "
        "what was done is kept. SESSION_AUDIO_TRACEBACK=1 shows all, perhaps with words said."
    )
