"""Shows a pull: bars in a terminal, plain lines in a log; each weight's licence either way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from session_audio.weights.pull import PullReporter, State
from session_audio.weights.registry import Weight


def describe(weight: Weight, state: State) -> str:
    """One line: name, size, what happened, licence, whose work."""
    verb = {"pulled": "pulled", "kept": "already there"}[state]
    size = f"{weight.size / 1e6:.0f} MB"
    return f"{weight.name}  {size}  {verb}  {weight.licence} ({weight.attribution})"


class Lines:
    """One line a weight."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def begin(self, weight: Weight) -> Callable[[float], None]:
        """Nothing to draw."""
        return lambda _: None

    def end(self, weight: Weight, state: State) -> None:
        """Prints the line."""
        self._console.print(describe(weight, state), highlight=False, markup=False, soft_wrap=True)


class Bars(Lines):
    """A bar for the weight being pulled, and a line for each that is there."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(progress.console)
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, weight: Weight) -> Callable[[float], None]:
        """Adds a bar."""
        task = self._task = self._progress.add_task(weight.name, total=1.0)
        return lambda fraction: self._progress.update(task, completed=min(1.0, fraction))

    def end(self, weight: Weight, state: State) -> None:
        """Replaces the bar by the line."""
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
        super().end(weight, state)


@contextmanager
def console_reporter() -> Iterator[PullReporter]:
    """Bars where standard error is a terminal, lines where it is not."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bars(progress)
