"""Whether laughter can be heard in sound with what is installed, and how surely.

    python benchmarks/laughter.py BENCH [--only zero encoder] [--keep FOLDER] [--also FILE ...]

BENCH is the folder with ``real`` and ``voices``.  The truth is what the AMI corpus marks as a
sound of the voice that is no word (``.vocal.rttm``): laughter for the most part, but coughs and
sighs are not told apart, so a precision here is an upper bound.  Of each kind of feature:

- ``zero``: Whisper's own probability of beginning "(laughs", "[laughter", "Haha" and the like, in
  windows of 2 s, nothing suppressed; nothing is trained;
- ``encoder``: mean and spread of its encoder's output over 0.8 s, and a logistic regression;
- ``segmentation``: the same of the last recurrent layer of the segmentation model;
- ``rhythm``: the same of level in bands, flatness, voicing and pitch, and how level and voicing
  move at 1 to 14 Hz;
- ``calm``: as ``encoder``, but a threshold may also give no alarm in the first half of the
  consultation nor in a quarter of the readers, none of them learnt from;
- ``pasted``: as ``calm``, and what is marked also laid over other voices, faster and slower.

Clips that share a speaker are left out together.  What a left-out clip is judged by (weights,
strength of the penalty, threshold) is chosen on the others alone: the lowest threshold, and the
penalty, that find most with a precision of `WANTED` there.  Negatives are the clips' other sound
and every second reader.  False alarms are counted, by what was chosen on all clips, where nothing
is marked as laughter: the other readers, telephone calls, the consultation.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from laughter_features import HZ, KINDS, Features
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from session_audio.formats import rttm
from session_audio.interval import Interval, difference, intersection, total, union

WANTED = 0.8
"""Precision on the clips that a threshold is chosen on; the goal is 0.7 on the one left out."""
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995)
LOG_THRESHOLDS = tuple(-k / 4 for k in range(48))
"""Of a probability that nothing was trained for, as its logarithm."""
PENALTIES = (1e-4, 1e-3, 1e-2)
GAP, LEAST, EDGE = 0.3, 0.2, 0.4
"""Seconds: places nearer are one event, shorter ones are none; how far limits may be off."""

Rows = NDArray[np.float32]
Model = Callable[[Rows], NDArray[np.float64]]


@dataclass(frozen=True)
class Clip:
    """A clip of a meeting with what is marked in it."""

    name: str
    people: frozenset[str]
    marked: tuple[Interval, ...]
    """Sounds of the voice that are no words."""
    words: tuple[Interval, ...]
    """Of anybody."""
    unsure: tuple[Interval, ...]
    """Neither: voice of a speaker by the older reference alone, or the edge of a marked one."""

    @classmethod
    def read(cls, sound: Path) -> Clip:
        """The clip `sound` with its references."""
        words, vocal, older = (
            _segments(sound.with_suffix(ending))
            for ending in (".words.rttm", ".vocal.rttm", ".rttm")
        )
        marked = union(chain(*vocal.values()), GAP)
        unsure = [Interval(max(0.0, m.start - EDGE), m.end + EDGE) for m in marked]
        for speaker, heard in older.items():
            without = difference(union(heard), union(words.get(speaker, ())))
            # The older reference has wider limits; what is left of those says nothing.
            unsure += [piece for piece in without if piece.duration >= EDGE]
        unsure = difference(union(unsure), marked)
        said = union(chain(*words.values()))
        people = frozenset({*words, *vocal})
        return cls(sound.stem, people, tuple(marked), tuple(said), tuple(unsure))


def _segments(file: Path) -> dict[str, tuple[Interval, ...]]:
    """Intervals by speaker; none of an empty file."""
    out: dict[str, tuple[Interval, ...]] = {}
    for segment in rttm.read(file) if file.stat().st_size else ():
        # One file writes an accent that the others leave out.
        speaker = str(segment.speaker).replace("É", "E")
        out[speaker] = (*out.get(speaker, ()), segment.interval)
    return out


@dataclass(frozen=True)
class Tally:
    """Counts of events told and of events marked."""

    told: int = 0
    right: int = 0
    marked: int = 0
    found: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.told + other.told,
            self.right + other.right,
            self.marked + other.marked,
            self.found + other.found,
        )

    @property
    def precision(self) -> float:
        """Right of told; 0 without any."""
        return self.right / self.told if self.told else 0.0


def events(scores: NDArray[np.float64], threshold: float) -> list[Interval]:
    """Where the scores, `HZ` a second, reach `threshold`."""
    padded = np.diff(np.concatenate([[0], (scores >= threshold).astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(padded == 1), np.flatnonzero(padded == -1)
    raw = [Interval(a / HZ, b / HZ) for a, b in zip(starts, ends, strict=True)]
    return [e for e in union(raw, GAP) if e.duration >= LEAST - 1e-9]


def judged(clip: Clip, told: Sequence[Interval]) -> Tally:
    """Told against marked: right where at least half of it lies within `EDGE` of a marked one.

    What is told in an unsure place does not count; a marked one is found where a right one meets
    it.
    """
    near = union([Interval(max(0.0, m.start - EDGE), m.end + EDGE) for m in clip.marked])
    right = [e for e in told if total(intersection([e], near)) >= 0.5 * e.duration]
    unsure = union([*clip.unsure, *near])
    wrong = [e for e in told if total(intersection([e], unsure)) < 0.5 * e.duration]
    found = sum(bool(intersection([m], right)) for m in clip.marked)
    return Tally(len(right) + len(wrong), len(right), len(clip.marked), found)


def grouped(clips: Sequence[Clip]) -> list[list[Clip]]:
    """Clips that share a speaker, together."""
    groups: list[list[Clip]] = []
    for clip in clips:
        mine = [g for g in groups if any(clip.people & c.people for c in g)]
        groups = [g for g in groups if g not in mine] + [[*chain(*mine), clip]]
    return groups


def mask(intervals: Sequence[Interval], count: int) -> NDArray[np.bool_]:
    """Which of `count` rows lie in `intervals`."""
    out = np.zeros(count, bool)
    for i in intervals:
        out[round(i.start * HZ) : max(round(i.end * HZ), round(i.start * HZ) + 1)] = True
    return out


class Trial:
    """One kind of feature, tried on all clips."""

    def __init__(self, kind: str, features: Features, clips: Sequence[Clip]) -> None:
        self.trained = kind != "zero"
        self.penalties = PENALTIES if self.trained else PENALTIES[:1]
        self.rows = {c.name: features.of(kind, c.name) for c in clips}
        self.labels = {c.name: mask(c.marked, len(self.rows[c.name])) for c in clips}
        self.sure = {c.name: ~mask(c.unsure, len(self.rows[c.name])) for c in clips}
        calm = [features.of(kind, name) for name in features.calm()] if self.trained else []
        self.tuning = [features.of(kind, name) for name in features.tuning(kind)]
        self.negatives = np.concatenate(calm)[::10] if calm else None
        self.more = {
            c.name: features.pasted(c.name, c.marked)
            for c in clips
            if kind == "pasted" and c.marked
        }
        self.thresholds: Sequence[float] = THRESHOLDS if self.trained else LOG_THRESHOLDS

    def fit(self, clips: Sequence[Clip], penalty: float) -> Model:
        """A model of `clips` and the calm talk."""
        if not self.trained:
            return lambda rows: rows[:, 0].astype(np.float64)
        x = [self.rows[c.name][self.sure[c.name]] for c in clips]
        y = [self.labels[c.name][self.sure[c.name]] for c in clips]
        for rows, labels in (self.more[c.name] for c in clips if c.name in self.more):
            x.append(rows[::4])
            y.append(labels[::4])
        if self.negatives is not None:
            x.append(self.negatives)
            y.append(np.zeros(len(self.negatives), bool))
        model = make_pipeline(
            StandardScaler(),
            LogisticRegression(C=penalty, class_weight="balanced", max_iter=300),
        ).fit(np.concatenate(x), np.concatenate(y))
        return lambda rows: np.asarray(model.predict_proba(rows)[:, 1], np.float64)

    def chosen(self, groups: Sequence[Sequence[Clip]]) -> tuple[float, float]:
        """Penalty and threshold by leaving out each of `groups` in turn."""
        options: list[tuple[bool, float, int, float, float]] = []
        for penalty in self.penalties:
            scores: list[tuple[Clip, NDArray[np.float64]]] = []
            for group in groups:
                model = self.fit([c for g in groups if g is not group for c in g], penalty)
                scores += [(c, model(self.rows[c.name])) for c in group]
            whole = self.fit([c for g in groups for c in g], penalty) if self.tuning else None
            calm = [whole(rows) for rows in self.tuning] if whole else []
            for threshold in self.thresholds:
                alarms = sum(len(events(s, threshold)) for s in calm)
                tally = sum((judged(c, events(s, threshold)) for c, s in scores), Tally())
                enough = tally.precision >= WANTED and not alarms
                # Below the wanted precision the surest counts, above it the one that finds most.
                rank = 0.0 if enough else tally.precision - alarms
                options.append((enough, rank, tally.found, -threshold, penalty))
        _, _, _, threshold, penalty = max(options)
        return penalty, -threshold

    def left_out(self, groups: Sequence[Sequence[Clip]]) -> tuple[Tally, list[str], float, float]:
        """Each group judged by what the others chose: counts, events, area, average precision."""
        tally, lines = Tally(), []
        labels, scores = [], []
        for group in groups:
            others = [g for g in groups if g is not group]
            penalty, threshold = self.chosen(others)
            model = self.fit([c for g in others for c in g], penalty)
            for clip in group:
                score = model(self.rows[clip.name])
                told = events(score, threshold)
                tally += judged(clip, told)
                sure = self.sure[clip.name]
                labels.append(self.labels[clip.name][sure])
                scores.append(score[sure])
                lines.append(
                    f"  {clip.name}: marked {shown(clip.marked)}; "
                    f"told at {threshold:.3g}: {shown(told)}"
                )
        y, s = np.concatenate(labels), np.concatenate(scores)
        return tally, lines, roc_auc_score(y, s), average_precision_score(y, s)


def shown(intervals: Sequence[Interval]) -> str:
    """Intervals as text."""
    return ", ".join(f"{i.start:.1f}-{i.end:.1f}" for i in intervals) or "none"


def wilson(part: int, whole: int) -> str:
    """A share with its interval."""
    if not whole:
        return "none told"
    interval = binomtest(part, whole).proportion_ci(method="wilson")
    return f"{part} of {whole} ({part / whole:.2f}, 95 % {interval.low:.2f} to {interval.high:.2f})"


def measured(kind: str, features: Features, clips: Sequence[Clip], also: Sequence[str]) -> None:
    """Try `kind` and print what came of it."""
    trial, groups = Trial(kind, features, clips), grouped(clips)
    tally, lines, area, precision = trial.left_out(groups)
    print(f"{kind}\n" + "\n".join(lines))
    print(
        f"  left out: told {wilson(tally.right, tally.told)} right; "
        f"found {wilson(tally.found, tally.marked)}; "
        f"rows: area {area:.2f}, average precision {precision:.2f}",
        flush=True,
    )
    penalty, threshold = trial.chosen(groups)
    model = trial.fit(clips, penalty)
    for name, files in features.quiet(kind).items():
        rows = [features.of(kind, file) for file in files]
        count = sum(len(events(model(x), threshold)) for x in rows)
        minutes = sum(map(len, rows)) / HZ / 60
        print(
            f"  false alarms, {name}: {count} in {minutes:.1f} min ({60 * count / minutes:.0f}/h)"
        )
    for file in also:
        print(f"  told in {file}: {shown(events(model(features.of(kind, file)), threshold))}")


def about(clips: Sequence[Clip]) -> str:
    """What there is to find, in a line."""
    pairs = [(c, m) for c in clips for m in c.marked]
    hidden = sum(total(intersection([m], c.words)) >= 0.9 * m.duration for c, m in pairs)
    return (
        f"{len(clips)} clips in {len(grouped(clips))} groups, {len(pairs)} events of "
        f"{sum(m.duration for _, m in pairs):.1f} s, {hidden} of them under words"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--keep", type=Path, help="where features are kept for the next time")
    parser.add_argument("--also", nargs="*", type=Path, default=[], help="more recordings")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    clips = [Clip.read(file) for file in sorted((args.bench / "real").glob("ami-*.flac"))]
    with tempfile.TemporaryDirectory() as made:
        features = Features(args.bench, args.keep or Path(made), args.also)
        print(about(clips))
        for kind in args.only:
            measured(kind, features, clips, [f.stem for f in args.also])


if __name__ == "__main__":
    main()
