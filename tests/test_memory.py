"""Memory that is not used goes back, and an engine that was let go comes back."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from pipelines.engines import Lazy, done_with
from session_audio import memory


def test_an_engine_let_go_is_made_anew() -> None:
    made: list[int] = []
    engine = Lazy(lambda: made.append(1) or len(made))
    assert engine() == engine() == 1
    done_with(engine)
    assert engine() == 2
    done_with(lambda: "a fake, which stays")


def test_what_was_freed_is_given_back() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("looks into /proc")
    memory.be_frugal()

    def held() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    before = held()
    parts = [np.ones(100_000) for _ in range(300)]  # 240 MB, in blocks of the pool
    assert held() > before + 200_000_000
    del parts
    memory.give_back()
    assert held() < before + 60_000_000
