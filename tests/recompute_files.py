"""Reading the files of ``out``, and the formulas of docs/metrics.md in plain loops."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

Spans = list[tuple[float, float]]
ROOT = Path(__file__).parents[1]
NOBODY = "unattributed"


@dataclass
class Files:
    """What the files of a session hold."""

    facts: dict[str, Any]
    members: list[dict[str, str]]
    responses: list[dict[str, str]]
    turns: list[dict[str, Any]]
    events: list[dict[str, Any]]
    speech: dict[str, Spans]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def joined(spans: Spans, gap: float = 0.0) -> Spans:
    out: Spans = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1] + gap + 1e-6:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def read(folder: Path) -> Files:
    speech: dict[str, Spans] = {}
    for line in (folder / "diarization.rttm").read_text().splitlines():
        field = line.split()
        speech.setdefault(field[7], []).append(
            (float(field[3]), round(float(field[3]) + float(field[4]), 3))
        )
    events: list[dict[str, Any]] = [
        {**r, "start": float(r["start"]), "end": float(r["end"])}
        for r in rows(folder / "interactions.csv")
    ]
    backs = {(e["participant"], e["start"], e["end"]) for e in events if e["kind"] == "backchannel"}
    turns: list[dict[str, Any]] = []
    for r in rows(folder / "turns.csv"):
        one = {**r, "index": int(r["index"]), "start": float(r["start"]), "end": float(r["end"])}
        one["back"] = (r["participant"], one["start"], one["end"]) in backs
        turns.append(one)
    return Files(
        json.loads((folder / "session.json").read_text()),
        rows(folder / "members.csv"),
        rows(folder / "responses.csv"),
        turns,
        events,
        {who: joined(spans) for who, spans in speech.items()},
    )


def seconds(spans: Spans) -> float:
    return sum(end - start for start, end in joined(spans))


def within(spans: Spans, start: float, end: float) -> float:
    return sum(max(0.0, min(e, end) - max(s, start)) for s, e in spans)


def gini(talk: list[float]) -> float | None:
    n, mean = len(talk), sum(talk) / max(1, len(talk))
    if n < 2 or not mean:
        return None
    pairs = sum(abs(x - y) for x in talk for y in talk)
    return pairs / (2 * n * n * mean) * n / (n - 1)


def entropy(talk: list[float]) -> float | None:
    if len(talk) < 2 or not sum(talk):
        return None
    shares = [t / sum(talk) for t in talk if t]
    return -sum(p * math.log(p) for p in shares) / math.log(len(talk))


def equality(talk: list[float]) -> float | None:
    n, mean = len(talk), sum(talk) / max(1, len(talk))
    if n < 2 or not mean:
        return None
    return 1 - sum((t - mean) ** 2 for t in talk) / mean / (mean * n * (n - 1))


def rate(count: int, time: float) -> dict[str, float | None]:
    """Per ten minutes; the interval from the chi-square distribution (Garwood 1936)."""
    if time <= 0:
        return {"value": None, "low": None, "high": None}
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    high = stats.chi2.ppf(0.975, 2 * count + 2) / 2
    return {k: v * 600 / time for k, v in (("value", count), ("low", low), ("high", high))}


def middle(values: list[float]) -> float | None:
    if not values:
        return None
    value = float(np.median(values))
    return value if math.isfinite(value) else None
