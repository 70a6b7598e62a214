"""WebVTT and SRT captions, with voice tags or ``Name: text`` as meeting platforms write."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import webvtt

from session_audio.errors import FormatError
from session_audio.formats.utterance import Utterance, seconds
from session_audio.schema import TranscriptSource

_VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]+)>(.*?)(?=<v[\s.]|</v>|\Z)", re.DOTALL)
_NAMED = re.compile(r"^\s*([^:<>]{1,60}?)\s*:\s+(.*)\Z", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def read_vtt(path: Path, _source: TranscriptSource) -> list[Utterance]:
    """Cues of a WebVTT file, one utterance a voice."""
    return _read(path, "vtt")


def read_srt(path: Path, _source: TranscriptSource) -> list[Utterance]:
    """Cues of an SRT file, one utterance a ``Name:``."""
    return _read(path, "srt")


def _read(path: Path, kind: str) -> list[Utterance]:
    try:
        cues: Any = webvtt.from_srt(str(path)) if kind == "srt" else webvtt.read(str(path))
    except webvtt.errors.MalformedFileError:
        raise FormatError(
            f"{path.name} is not {'SRT' if kind == 'srt' else 'WebVTT'}",
            hint="Export it again, or name its format in session.toml.",
        ) from None
    utterances = []
    speaker: str | None = None
    for number, cue in enumerate(cues, start=1):
        where = f"cue {number}"
        start = seconds(cue.start, path.name, where)
        end = seconds(cue.end, path.name, where)
        parts = list(_parts(cue.raw_text, speaker))
        letters = sum(len(text) for _, text in parts) or 1
        at = start
        for who, text in parts:
            until = at + (end - start) * len(text) / letters
            utterances.append(Utterance(at, until, who, text, where))
            at, speaker = until, who
    return utterances


def _parts(raw: str, before: str | None) -> list[tuple[str | None, str]]:
    """(speaker, text) of one cue; a cue that names nobody goes on with the one before."""
    voices = [(html.unescape(w).strip(), t) for w, t in _VOICE.findall(raw)]
    if not voices:
        named = _NAMED.match(_TAG.sub("", raw))
        voices = [(named[1], named[2])] if named else [(before or "", raw)]
    cleaned = [(who or None, html.unescape(_TAG.sub("", text)).strip()) for who, text in voices]
    return [(who, " ".join(text.split())) for who, text in cleaned if text.strip()]
