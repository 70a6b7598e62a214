"""What was corrected in a file of ``out/work``: which operations it comes to, and they applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from session_audio.schema import SpeakerSegment, Word
from session_audio.workspace.review_file import Operation

NEAR = 0.5
"""Seconds by which a corrected word may have moved (ours)."""
FITS = 0.5
"""Share of a correction's speech that must be met again (ours)."""


# --- who spoke


def label_changes(made: Sequence[SpeakerSegment], now: Sequence[SpeakerSegment]) -> list[Operation]:
    """Segments with another label, together by label; segments taken away and added."""
    before = {(s.start, s.end, s.speaker) for s in made}
    after = {(s.start, s.end, s.speaker) for s in now}
    gone, new = sorted(before - after), sorted(after - before)
    renamed: dict[tuple[str, str], list[list[float]]] = {}
    for start, end, old in list(gone):
        same = next((n for n in new if n[:2] == (start, end)), None)
        if same is not None:
            renamed.setdefault((old, same[2]), []).append([start, end])
            gone.remove((start, end, old))
            new.remove(same)
    out: list[Operation] = []
    for (old, to), spans in renamed.items():
        # A label of the diarizer's may be another voice's next time: it is found by its times.
        like = [[s.start, s.end] for s in made if s.speaker == to]
        out.append({"do": "label", "from": old, "to": to, "spans": spans, "like": like})
    out += [{"do": "remove", "spans": [[s, e]], "from": who} for s, e, who in gone]
    out += [{"do": "add", "spans": [[s, e]], "to": who} for s, e, who in new]
    return out


def corrected_labels(
    made: Sequence[SpeakerSegment], operations: Sequence[Operation]
) -> list[SpeakerSegment]:
    """`made` after `operations`, in order; each is marked with whether it fits."""
    segments = list(made)
    for o in operations:
        spans = [(float(start), float(end)) for start, end in o["spans"]]
        if o["do"] == "add":
            segments += [SpeakerSegment(start, end, str(o["to"])) for start, end in spans]
            o["fits"] = True
            continue
        hit = [s for s in segments if shared(s, spans) > FITS * (s.end - s.start)]
        hit = _of_one(hit, o, spans)
        met = sum(shared(s, spans) for s in hit)
        o["fits"] = met >= FITS * sum(end - start for start, end in spans)
        if not o["fits"]:
            continue
        segments = [s for s in segments if s not in hit]
        if o["do"] == "label":
            to = _label_like(segments, o) or str(o["to"])
            segments += [replace(s, speaker=to) for s in hit]
    return sorted(segments)


def _of_one(
    hit: list[SpeakerSegment], o: Operation, spans: list[tuple[float, float]]
) -> list[SpeakerSegment]:
    """Of segments that overlap each other, those of the voice that has most of the time."""
    lengths: dict[str, float] = {}
    for s in hit:
        lengths[s.speaker] = lengths.get(s.speaker, 0.0) + shared(s, spans)
    if not lengths:
        return []
    most = max(lengths.values())
    if lengths.get(str(o.get("from")), 0.0) == most:
        return [s for s in hit if s.speaker == o["from"]]
    best = max(lengths, key=lambda who: lengths[who])
    return [s for s in hit if s.speaker == best]


def _label_like(segments: Sequence[SpeakerSegment], o: Operation) -> str | None:
    """The label that now speaks where the one corrected to did; None where it was new."""
    like = [(float(start), float(end)) for start, end in o.get("like") or []]
    lengths: dict[str, float] = {}
    for s in segments:
        lengths[s.speaker] = lengths.get(s.speaker, 0.0) + shared(s, like)
    best = max(lengths, key=lambda who: lengths[who], default=None)
    return best if best is not None and lengths[best] > 0 else None


def shared(s: SpeakerSegment, spans: Iterable[tuple[float, float]]) -> float:
    """Seconds of a segment in `spans`."""
    return sum(max(0.0, min(s.end, end) - max(s.start, start)) for start, end in spans)


# --- what was said


def word_changes(made: Sequence[Word], now: Sequence[Word]) -> list[Operation]:
    """Words with another text or speaker; words taken away and added."""
    gone = [w for w in made if w not in set(now)]
    new = [w for w in now if w not in set(made)]
    out: list[Operation] = []
    for old in gone:
        same = next((w for w in new if (w.start, w.end) == (old.start, old.end)), None)
        if same is not None:
            new.remove(same)
        out.append({"do": "word", "from": _plain(old), "to": same and _plain(same)})
    return out + [{"do": "word", "from": None, "to": _plain(w)} for w in new]


def _plain(word: Word) -> list[object]:
    return [word.start, word.end, word.text, word.speaker]


def corrected_words(made: Sequence[Word], operations: Sequence[Operation]) -> list[Word]:
    """`made` after `operations`, in order; each is marked with whether it fits."""
    words = list(made)
    for o in operations:
        old, to = o["from"], o["to"]
        if old is None:
            words.append(Word(float(to[0]), float(to[1]), str(to[2]), to[3]))
            o["fits"] = True
            continue
        near = [k for k, w in enumerate(words) if w.text == old[2]]
        k = min(near, key=lambda k: abs(words[k].start - float(old[0])), default=None)
        o["fits"] = k is not None and abs(words[k].start - float(old[0])) <= NEAR
        if k is None or not o["fits"]:
            continue
        if to is None:
            del words[k]
            continue
        changed = replace(words[k], text=str(to[2]))
        words[k] = changed if old[3] == to[3] else replace(changed, speaker=to[3])
    return sorted(words, key=lambda w: (w.start, w.end))
