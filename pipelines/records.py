"""What Prefect records of an error: its kind and the stage, never its text.

Prefect writes the text of whatever a flow or a task raises into its database.  That text may
hold words that were said, a name or a path, so every flow and task is `recorded`: what
leaves it is a `RecordedError`.  The error itself stays in this process, for the screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from prefect.futures import PrefectFuture

P = ParamSpec("P")
R = TypeVar("R")

_STOPS = (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError)
"""What ends a run on purpose; Prefect words these itself."""


class RecordedError(Exception):
    """Stands for `error` in Prefect's records."""

    def __init__(self, error: BaseException) -> None:
        stage = getattr(error, "stage", None)
        super().__init__(type(error).__name__ + (f" in {stage}" if stage else ""))
        self.error = error


def recorded(work: Callable[P, R]) -> Callable[P, R]:
    """Let only a `RecordedError` leave `work`, a flow's or a task's function."""

    @wraps(work)
    def safe(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except (RecordedError, *_STOPS):
            raise
        except BaseException as error:  # a library in Rust may raise what is no Exception
            caught = error
        raise RecordedError(caught)  # out of the block: not even as its context does it go along

    return safe


def result_of(future: PrefectFuture[R]) -> R:
    """What a task returned.

    Raises
    ------
    BaseException
        The error that ended it, as it was.
    """
    try:
        return future.result()
    except RecordedError as stand_in:
        error = stand_in.error
    raise error
