"""How long a session's page takes, how large it is and how it prints: 90 minutes, nine people.

    python benchmarks/session_page.py

Needs nothing of its own: the session is invented, its words have times, and there is no sound.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace

from session_audio.report.output.pdf import pdf
from session_audio.report.output.render import html
from session_audio.report.session import session_report
from session_audio.schema import SessionResult, Word
from session_audio.settings import ReportSettings
from session_audio.testing import example_result


def with_words(result: SessionResult) -> SessionResult:
    """`result` with its turns' words spread evenly over each turn, every tenth unsure."""
    words = []
    for turn in result.turns:
        texts = turn.text.split()
        step = (turn.end - turn.start) / max(1, len(texts))
        for k, text in enumerate(texts):
            start = turn.start + k * step
            sure = 0.3 if k % 10 == 9 else 0.9
            words.append(Word(start, start + step, text, turn.participant, sure))
    return replace(result, words=tuple(sorted(words)), words_aligned=True)


def sheets(document: bytes) -> int:
    """Pages of a PDF."""
    return len(re.findall(rb"/Type\s*/Page\b", document))


def main() -> None:
    """Print seconds and megabytes, the first page of the process and a second one; then sheets."""
    result = with_words(example_result(90, 9))
    print(f"{len(result.turns)} turns, {len(result.words)} words")
    for which in ("first", "second"):
        began, worked = time.perf_counter(), time.process_time()
        page = html(session_report(result, ReportSettings(), sound="sound.m4a"))
        seconds, used = time.perf_counter() - began, time.process_time() - worked
        size = len(page.encode()) / 1e6
        print(
            f"{which} page: {seconds:.2f} s, {used:.2f} s of a processor; {size:.2f} MB, no sound"
        )
    print(f"PDF: {sheets(pdf(session_report(result, ReportSettings())))} pages")


if __name__ == "__main__":
    main()
