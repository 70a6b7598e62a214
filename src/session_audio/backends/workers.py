"""Threads for the models: how many torch uses, and batches that run beside each other.

One batch is too small to be worth sharing between processors, and threads that share one
wait for each other by spinning, which on a busy machine costs many times the work.  So each
worker runs whole batches by itself; torch lets go of the interpreter while it computes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Within it, torch uses `count` threads in one operation."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def over(work: Callable[[T], R], items: Iterable[T], threads: int = 0) -> Iterator[R]:
    """``work(item)`` of each item, in order.

    Parameters
    ----------
    work : callable
        Runs a model; what it returns should be small.
    items : iterable
    threads : int
        Workers; 0 takes one a processor.
    """
    import torch

    workers = threads or os.cpu_count() or 1
    with torch_threads(1):
        if workers == 1:
            yield from map(work, items)
            return
        start = lambda: torch.set_num_threads(1)  # noqa: E731
        with ThreadPoolExecutor(workers, initializer=start) as pool:
            yield from pool.map(work, items)
