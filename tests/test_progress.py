import errno
import io
from contextlib import nullcontext

import pytest

from session_audio.flow.progress import Bars, Lines, console_reporter


def test_a_log_gets_one_plain_line_a_stage(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    lines.begin("2026-03-03", "ingest")(0.5)
    lines.end("2026-03-03", "ingest", "done", 1.25)
    lines.end("2026-03-03", "diarize", "kept", 0.0)
    text = capsys.readouterr().err.splitlines()
    assert text == ["2026-03-03  ingest      done       1.2 s", "2026-03-03  diarize     kept"]


def test_a_long_stage_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    advance = Lines(interval=0.0).begin("2026-03-03", "diarize")
    advance(0.25)
    assert capsys.readouterr().err == "2026-03-03  diarize      25%\n"


def test_without_a_terminal_there_are_no_bars() -> None:
    with console_reporter() as reporter:
        assert isinstance(reporter, Lines)


class Gone(io.StringIO):
    """A terminal that was closed."""

    def write(self, _: str) -> int:
        raise OSError(errno.EIO, "Input/output error")

    def flush(self) -> None:
        self.write("")

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_that_is_closed_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setattr("sys.stderr", Gone())
    with console_reporter() if terminal else nullcontext(Lines()) as reporter:
        assert isinstance(reporter, Bars) is terminal
        reporter.begin("2026-03-03", "ingest")(0.5)
        reporter.end("2026-03-03", "ingest", "done", 1.0)
        reporter.batch(1, 2, None)


def test_lines_of_stages_that_end_at_once_do_not_run_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrote: list[str] = []
    monkeypatch.setattr("sys.stderr.write", wrote.append)
    Lines().end("2026-03-03", "diarize", "kept", 0.0)
    assert wrote == ["2026-03-03  diarize     kept\n"]
