"""WebVTT captions with a voice tag a cue."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from pathlib import Path

from session_audio.files import write_text
from session_audio.schema import OTHER_LANGUAGE, Turn


def timestamp(seconds: float) -> str:
    """Hours, minutes, seconds and milliseconds as WebVTT writes them.

    >>> timestamp(3725.5)
    '01:02:05.500'
    """
    ms = round(max(0.0, seconds) * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def write(path: Path, turns: Iterable[Turn], names: Mapping[str, str]) -> None:
    """Write one cue a turn that has words; `names` maps a participant to what is shown.

    A note, which no player shows, says where somebody spoke a language that is not transcribed.
    """
    cues = ["WEBVTT\n"]
    for turn in turns:
        if turn.language == OTHER_LANGUAGE:
            at = f"{timestamp(turn.start)} to {timestamp(turn.end)}"
            cues.append(f"NOTE\n{at}: another language, not transcribed\n")
        elif turn.text:
            name = " ".join(names.get(turn.participant, turn.participant).split())
            who = html.escape(name, quote=False)
            text = html.escape(turn.text, quote=False)
            times = f"{timestamp(turn.start)} --> {timestamp(turn.end)}"
            cues.append(f"{times}\n<v {who}>{text}\n")
    write_text(path, "\n".join(cues))
