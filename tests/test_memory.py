"""Memory that is not used goes back, and an engine that was let go comes back."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flow_cases import Fakes, stages

from session_audio.flow.context import current, using
from session_audio.flow.engines import Lazy, done_with


def test_an_engine_let_go_is_made_anew() -> None:
    made: list[int] = []
    engine = Lazy(lambda: made.append(1) or len(made))
    assert engine() == engine() == 1
    done_with(engine)
    assert engine() == 2
    done_with(lambda: "a fake, which stays")


def test_recogniser_and_classifier_are_let_go_once_they_are_done(
    session: Path, engines: Fakes
) -> None:
    recogniser, classifier = Lazy(lambda: engines.transcriber), Lazy(lambda: engines.classifier)
    given = current().engines
    watched = lambda settings: replace(  # noqa: E731
        given(settings), transcriber=recogniser, classifier=classifier
    )
    with using(replace(current(), engines=watched)):
        stages(session)
    assert engines.calls == (1, 1)
    assert recogniser._value is None and classifier._value is None


@pytest.mark.parametrize(("given", "kept"), [(None, "64"), ("500", "500")])
def test_few_shapes_are_kept_unless_the_user_says_otherwise(given: str | None, kept: str) -> None:
    name = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"
    plain = {k: v for k, v in os.environ.items() if k != name}
    script = f"import os; from session_audio.flow import engines; print(os.environ['{name}'])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=plain | ({name: given} if given else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == kept


HOLDS_AND_FREES = """
from pathlib import Path
import numpy as np
from session_audio.flow import engines

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

engines.be_frugal()
before = held()
parts = [np.ones(100_000) for _ in range(300)]  # 240 MB, in blocks of the pool
full = held()
del parts
engines.give_back()
print(full - before, held() - before)
"""


def test_what_was_freed_is_given_back() -> None:
    """In a process of its own: one that has run tests has free memory to hand out again."""
    if not sys.platform.startswith("linux"):
        pytest.skip("looks into /proc")
    done = subprocess.run(
        [sys.executable, "-c", HOLDS_AND_FREES], capture_output=True, text=True, check=True
    )
    full, after = map(int, done.stdout.split())
    assert full > 200_000_000
    assert after < 60_000_000
