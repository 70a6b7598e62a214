"""A command of the user's own after a batch: to send a mail, to ring a bell.

It belongs to the user who runs, by an option or the environment, and is no setting of a group: who
may write to a group's folder could else have commands run on this machine.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

import click

VARIABLE = "SESSION_AUDIO_ON_FINISH"
LONGEST = 600.0
"""Seconds after which the command is ended."""


def words_of(command: str | None) -> list[str]:
    """The words of `command`; none where there is none.

    Raises
    ------
    UsageError
        When a quotation is not closed: said before the run, not after it.
    """
    try:
        return shlex.split(command or "", posix=os.name == "posix")
    except ValueError as error:
        raise click.UsageError(f"--on-finish: {str(error).lower()} in the command") from None


def call(words: Sequence[str], summaries: Sequence[Path]) -> None:
    """Call the command `words` with the path of each summary as its last word; tell where it fails.

    It is started as it is, without a shell, and is given no names and no words: the summary
    holds ids, times and paths.
    """
    given = {k: v for k, v in os.environ.items() if not k.endswith("_AUTH_STRING")}
    for path in summaries if words else ():
        try:
            done = subprocess.run(
                [*words, str(path)],
                stdin=subprocess.DEVNULL,
                env=given,
                timeout=LONGEST,
                check=False,
            )
        except subprocess.TimeoutExpired:
            _tell(words[0], f"was ended after {LONGEST:.0f} s")
        except OSError as error:
            _tell(words[0], f"could not be started ({error.strerror or type(error).__name__})")
        else:
            if done.returncode:
                _tell(words[0], f"ended with {done.returncode}")


def _tell(name: str, what: str) -> None:
    click.echo(f"session-audio: the command after the run, {name}, {what}", err=True)
