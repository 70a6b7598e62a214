"""``bench``: what the flow takes on this machine."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from session_audio.cli.shared import PATH, reported
from session_audio.errors import SessionAudioError

if TYPE_CHECKING:
    from session_audio.flow.bench import Taken


@click.command()
@click.argument("sounds", nargs=-1, required=True, type=PATH)
@click.option(
    "--beside",
    type=click.IntRange(2, 64),
    metavar="N",
    help="Instead: N runs of the first sound side by side against one after the other.",
)
@reported
def bench(sounds: tuple[Path, ...], beside: int | None) -> None:
    """Print what each stage takes on SOUND: time, processor time, memory.

    Ratios are to the length of the sound.  Nothing is kept: the sound is run as a session
    of an invented group, in a folder that is removed.  Give sounds of several lengths to see how
    time and memory grow.

    \b
    session-audio bench tuesday.m4a
    session-audio bench tuesday.m4a --beside 2
    """
    for sound in sounds:
        if not sound.is_file():
            raise SessionAudioError(f"{sound.name} is not there", hint="Name a sound file.")
    if beside is not None:
        _beside(sounds[0], beside)
        return
    from session_audio.flow.bench import bench as measure

    for sound in sounds:
        _show(*measure(sound))


def _show(length: float, taken: list[Taken]) -> None:
    from rich.console import Console
    from rich.table import Table

    from session_audio.flow.bench import LOADING

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("stage", "seconds", "processor", "of the length", "memory, MB"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for each in taken:
        ratio = "" if each.stage == LOADING else f"{each.seconds / length:.3f}"
        numbers = (
            f"{each.seconds:.1f}",
            f"{each.processor:.1f}",
            ratio,
            f"{each.memory / 1e6:.0f}",
        )
        table.add_row(each.stage, *numbers)
    stages = [each for each in taken if each.stage != LOADING]
    seconds, processor = sum(e.seconds for e in stages), sum(e.processor for e in stages)
    most = max(each.memory for each in taken)
    table.add_row(
        "together",
        f"{seconds:.1f}",
        f"{processor:.1f}",
        f"{seconds / length:.3f}",
        f"{most / 1e6:.0f}",
    )
    click.echo(f"{length / 60:.1f} min of sound; one stage after the other")
    Console().print(table)


def _beside(sound: Path, number: int) -> None:
    """Runs in processes of their own, as several workers are; each loads its models."""
    typed = [sys.executable, "-m", "session_audio", "bench", str(sound)]

    def at_once(count: int) -> float:
        began = time.monotonic()
        runs = [subprocess.Popen(typed, stdout=subprocess.DEVNULL) for _ in range(count)]
        codes = [run.wait() for run in runs]
        if any(codes):
            raise SessionAudioError("a run failed", hint=f"session-audio bench {sound} says why.")
        return time.monotonic() - began

    one, several = at_once(1), at_once(number)
    click.echo(
        f"{number} runs side by side: {several:.0f} s; one: {one:.0f} s; "
        f"{number * one / several:.2f} times the throughput of one after the other"
    )
