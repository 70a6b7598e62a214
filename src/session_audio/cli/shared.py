"""What every verb shares: paths as arguments, and errors as one message."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from session_audio.errors import SessionAudioError

PATH = click.Path(path_type=Path)


def reported(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Turn our errors into one message and the exit code that they carry."""

    @wraps(verb)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return verb(*args, **kwargs)
        except SessionAudioError as error:
            click.echo(f"session-audio: {error}", err=True)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("\nsession-audio: stopped; what was done is kept.", err=True)
            sys.exit(130)
        except BrokenPipeError:
            sys.exit(1)

    return wrapper
