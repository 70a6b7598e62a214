"""Every number of a session once more, from the files of ``out`` alone, after docs/metrics.md.

Nothing of `session_audio.metrics` is used: plain loops, so that a slip there is not repeated
here.  Read are ``diarization.rttm``, ``turns.csv``, ``interactions.csv``, the roles and
attendance; compared are ``session.json``, ``members.csv`` and ``responses.csv``.
"""

from __future__ import annotations

import itertools
import math
import tomllib
from typing import Any

import numpy as np
from recompute_files import (
    ROOT,
    Files,
    Spans,
    entropy,
    equality,
    gini,
    joined,
    middle,
    rate,
    seconds,
    within,
)


class Again:
    """The numbers of one session; `room` says that a diarizer told who spoke in a room."""

    def __init__(self, files: Files, room: bool) -> None:
        self.files, self.room = files, room
        self.settings: dict[str, Any] = {
            "least_silence": 0.18,
            "lapse": 3.0,
            "window": 150.0,
            "per_person": 30.0,
            "steps": 5,
            "resamples": 1000,
            "blocks": 5,
            "seed": 20_260_302,
            "shuffles": 199,
        }
        self.roles = {m["participant"]: m["role"] for m in files.members}
        self.floor = [t for t in files.turns if not t["back"]]
        self.floor.sort(key=lambda t: (t["start"], t["end"]))
        self.judged = [who for who, role in self.roles.items() if role != "observer"]
        self.plain = [who for who in self.judged if "therapist" not in self.roles[who]]
        self.talk = {who: seconds(files.speech.get(who, [])) for who in self.roles}
        self.taken = {who: sum(t["participant"] == who for t in self.floor) for who in self.roles}
        self.answers = list(self._answers())

    # --- answers ---------------------------------------------------------------------

    def _answers(self):  # type: ignore[no-untyped-def]
        """(answering turn, answered turn or None, offset or None)."""
        for k, turn in enumerate(self.floor):
            if not turn["responds_to"]:
                continue
            before = [t for t in self.floor[:k] if t["participant"] == turn["responds_to"]]
            if not before:
                yield turn, None, None
                continue
            answered = before[-1]
            units = [
                (s, e)
                for s, e in joined(self.files.speech[answered["participant"]], 0.2)
                if answered["start"] - 1e-6 <= s <= min(answered["end"], turn["start"]) + 1e-6
            ]
            end = units[-1][1]
            yield turn, answered, None if end >= turn["end"] - 1e-6 else turn["start"] - end

    # --- people ----------------------------------------------------------------------

    def count(self, kind: str, who: str | None = None, holder: str | None = None) -> float | None:
        untold = self.files.members[0]["untold"].split() if self.files.members else []
        if kind in {one.split(":")[0] for one in untold}:
            return None
        return sum(
            float(e["counts_for"])
            for e in self.files.events
            if e["kind"] == kind
            and who in (None, e["participant"])
            and holder in (None, e["holder"])
        )

    def member(self, who: str) -> dict[str, Any]:
        own = [t for t in self.floor if t["participant"] == who]
        lengths = [t["end"] - t["start"] for t in own]
        offsets = [o for t, _, o in self.answers if t["participant"] == who and o is not None]
        answered = {a["index"] for _, a, _ in self.answers if a}
        waits = []
        for e in self.files.events:
            if (
                e["kind"] == "interruption_successful"
                and e["counts_for"]
                and e["holder"] == who
                and own
            ):
                later = [t["start"] - e["end"] for t in own if t["start"] >= e["end"] - 1e-9]
                waits.append(min(later, default=math.inf))
        judged = sum(self.talk[w] for w in self.judged)
        cut, failed = "interruption_successful", "interruption_unsuccessful"
        made, got = self.count(cut, who), self.count(cut, None, who)
        said = [t["text"].split() for t in self.files.turns if t["participant"] == who]
        return {
            "role": self.roles[who],
            "speaking_time": self.talk[who],
            "share": self.talk[who] / judged if judged and who in self.judged else None,
            "turn_count": len(own),
            "words": sum(any(c.isalnum() for c in word) for words in said for word in words),
            "backchannel_count": self.count("backchannel", who),
            "backchannels_received": self.count("backchannel", None, who),
            "median_turn": middle(lengths),
            "longest_turn": max(lengths, default=None),
            "median_response": middle(offsets),
            "response_iqr": [float(np.percentile(offsets, q)) for q in (25, 75)]
            if len(offsets) > 3
            else None,
            "interruptions_made": made,
            "interruptions_received": got,
            "unsuccessful_made": self.count(failed, who),
            "unsuccessful_received": self.count(failed, None, who),
            "interruptions_made_rate": rate(made, sum(self.talk.values()) - self.talk[who]),
            "interruptions_received_rate": rate(got, self.talk[who]),
            "answered_share": sum(t["index"] in answered for t in own) / len(own) if own else None,
            "median_silence_after_cut": middle(waits),
            "cuts_without_return": None if got is None else sum(math.isinf(w) for w in waits),
        }

    # --- shares with their intervals -----------------------------------------------------

    def error(self, share: float, speech: float) -> float:
        if not self.room:
            return 0.0
        path = ROOT / "src" / "session_audio" / "metrics" / "diarization_error.toml"
        size = tomllib.loads(path.read_text())
        width = size["floor"] + size["slope"] * math.sqrt(share * (1 - share))
        return float(min(1.0, width * math.sqrt(max(1.0, size["least_speech"] / speech))))

    def shares(self) -> dict[str, dict[str, dict[str, float | None]]]:
        """`share` and `change` of everybody judged, with the intervals, by the same draws."""
        people = list(self.roles)
        spans = {who: self.files.speech.get(who, []) for who in people}
        pieces = [s for own in spans.values() for s in own]
        if not pieces:
            return {}
        first, last = min(s for s, _ in pieces), max(e for _, e in pieces)
        starts = sorted(t["start"] for t in self.floor)
        starts = [s for s in starts if first + 1e-6 < s < last - 1e-6]
        size = max(1, round((len(starts) + 1) ** (1 / 3)))
        edges = [first, *starts[size - 1 :: size], last]
        cut = first + (last - first) * 2 / 3
        early = [e for e in edges if e < cut - 1e-6] + [cut]
        late = [cut] + [e for e in edges if e > cut + 1e-6]
        draw = np.random.default_rng(self.settings["seed"])
        found = [self._drawn(spans, part, draw) for part in (edges, early, late)]
        out: dict[str, dict[str, dict[str, float | None]]] = {}
        for k, who in enumerate(self.judged):
            whole, one, two = ([row[k] for row in part] if part else None for part in found)
            now = [self._now(spans, part) for part in (edges, early, late)]
            halves = [
                self.error(values[k] / sum(values), sum(values)) if sum(values) else 0.0
                for values in now
            ]
            values = [v[k] / sum(v) if sum(v) else None for v in now]
            out[who] = {"share": self._interval(values[0], whole, halves[0], 0.0)}
            if values[1] is None or values[2] is None:
                out[who]["change"] = {"value": None, "low": None, "high": None}
                continue
            moved = None
            if one is not None and two is not None:
                moved = [b - a for a, b in zip(one, two, strict=True)]
            half = math.hypot(halves[1], halves[2])
            out[who]["change"] = self._interval(values[2] - values[1], moved, half, -1.0)
        return out

    def _now(self, spans: dict[str, Spans], edges: list[float]) -> list[float]:
        return [within(spans[who], edges[0], edges[-1]) for who in self.judged]

    def _drawn(
        self, spans: dict[str, Spans], edges: list[float], draw: np.random.Generator
    ) -> list[list[float]] | None:
        blocks = list(itertools.pairwise(edges))
        if len(blocks) < self.settings["blocks"]:
            return None
        talk = np.array([[within(spans[w], a, b) for w in self.judged] for a, b in blocks])
        times = draw.multinomial(
            len(blocks), [1 / len(blocks)] * len(blocks), size=self.settings["resamples"]
        )
        shares = []
        for row in times @ talk:
            shares.append([x / row.sum() if row.sum() else math.nan for x in row])
        return shares

    def _interval(
        self, value: float | None, drawn: list[float] | None, half: float, least: float
    ) -> dict[str, float | None]:
        usable = [x for x in drawn or [] if not math.isnan(x)]
        if value is None or not drawn or len(usable) < len(drawn) / 2:
            return {"value": value, "low": None, "high": None}
        low, high = np.quantile(usable, [0.025, 0.975])
        below, above = value - min(value, low), max(value, high) - value
        return {
            "value": value,
            "low": max(least, value - math.hypot(below, half)),
            "high": min(1.0, value + math.hypot(above, half)),
        }

    # --- the group -------------------------------------------------------------------

    def group(self) -> dict[str, Any]:
        duration = self.files.facts["duration"]
        everybody = [s for own in self.files.speech.values() for s in own]
        edges = sorted({edge for s in everybody for edge in s})
        busy = [
            (b - a, sum(within(own, a, b) > 1e-9 for own in self.files.speech.values()))
            for a, b in itertools.pairwise(edges)
        ]
        spoken = sum(length for length, n in busy if n)
        judged = [self.talk[w] for w in self.judged]
        plain = [self.talk[w] for w in self.plain]
        silences = self.silences()
        changes = self._changes()
        back = [a[0] == b[1] and a[1] == b[0] for a, b in itertools.pairwise(changes)]
        offsets = [o for _, _, o in self.answers if o is not None]
        return {
            "duration": duration,
            "speech_time": spoken,
            "silence_share": 1 - spoken / duration if duration else 1.0,
            "overlap_share": sum(length for length, n in busy if n > 1) / duration
            if duration
            else 0.0,
            "turn_count": len(self.floor),
            "gini": gini(judged),
            "entropy": entropy(judged),
            "participation_equality": equality(judged),
            "gini_members": gini(plain),
            "entropy_members": entropy(plain),
            "turn_freedom": self._freedom(changes),
            "median_response": middle(offsets),
            "lapse_count": sum(s["kind"] == "lapse" for s in silences),
            "longest_silence": max((s["end"] - s["start"] for s in silences), default=None),
            "interruption_rate": rate(self.count("interruption_successful"), spoken),
            "unattributed_time": seconds(
                [s for w, own in self.files.speech.items() if w not in self.roles for s in own]
            ),
            "same_pair_share": sum(back) / len(back) if back else None,
        }

    def _changes(self) -> list[tuple[str, str]]:
        order = [t["participant"] for t in self.floor]
        return [(a, b) for a, b in itertools.pairwise(order) if a != b]

    def _freedom(self, changes: list[tuple[str, str]]) -> float | None:
        if len(self.judged) < 3 or not changes:
            return None
        total = 0.0
        for now in {a for a, _ in changes}:
            after = [b for a, b in changes if a == now]
            for b in set(after):
                p = after.count(b) / len(after)
                total -= len(after) / len(changes) * p * math.log(p)
        return min(1.0, total / math.log(len(self.judged) - 1))

    def silences(self) -> list[dict[str, Any]]:
        everybody = sorted(
            (start, end, who) for who, own in self.files.speech.items() for start, end in own
        )
        out = []
        for a, b in itertools.pairwise(joined([(s, e) for s, e, _ in everybody])):
            start, end = a[1], b[0]
            if end - start < self.settings["least_silence"] - 1e-6:
                continue
            stopped = [w for _, e, w in everybody if abs(e - start) < 1e-6]
            after = next(w for s, _, w in everybody if abs(s - end) < 1e-6)
            before = after if after in stopped else stopped[0]
            kind = "pause" if before == after else "gap"
            if end - start >= self.settings["lapse"] - 1e-6:
                kind = "lapse"
            out.append({"kind": kind, "start": start, "end": end, "before": before, "after": after})
        return out

    def windows(self) -> list[dict[str, Any]]:
        pieces = [s for own in self.files.speech.values() for s in own]
        if not pieces:
            return []
        first, last = min(s for s, _ in pieces), max(e for _, e in pieces)
        length = max(self.settings["window"], self.settings["per_person"] * len(self.judged))
        step, out, k = length / self.settings["steps"], [], 0
        while k == 0 or first + k * step + length <= last + 1e-6:
            start, end = first + k * step, min(first + k * step + length, last)
            talk = {w: within(self.files.speech.get(w, []), start, end) for w in self.judged}
            whole = sum(talk.values())
            shares = {w: t / whole for w, t in talk.items()} if whole else {}
            out.append(
                {
                    "start": start,
                    "end": end,
                    "shares": shares,
                    "entropy": entropy(list(talk.values())),
                }
            )
            k += 1
        return out

    # --- pairs -----------------------------------------------------------------------

    def interruption_pairs(self) -> list[dict[str, Any]]:
        out = []
        for i, j in itertools.permutations(self.roles, 2):
            successful = self.count("interruption_successful", i, j)
            received = sum(self.count("interruption_successful", w, j) or 0 for w in self.roles)
            others = sum(n for w, n in self.taken.items() if w != j)
            out.append(
                {
                    "participant": i,
                    "holder": j,
                    "successful": successful,
                    "unsuccessful": self.count("interruption_unsuccessful", i, j),
                    "opportunity": self.talk[j],
                    "rate": rate(successful, self.talk[j]),
                    "expected": received * self.taken[i] / others if others else 0.0,
                }
            )
        return out

    def counts(self) -> dict[tuple[str, str], int]:
        out = dict.fromkeys(itertools.permutations(self.judged, 2), 0)
        for turn, _, _ in self.answers:
            pair = (turn["participant"], turn["responds_to"])
            if pair in out:
                out[pair] += 1
        return out

    def network(self) -> dict[str, Any]:
        seen = self.counts()
        whole = sum(seen.values())
        got = {w: sum(n for (_, b), n in seen.items() if b == w) for w in self.judged}
        n = len(self.judged)
        leads = {w for w in self.judged if "therapist" in self.roles[w]}
        by_talk = {}
        for a, b in seen:
            gave = sum(x for (i, _), x in seen.items() if i == a)
            others = sum(self.taken[w] for w in self.judged if w != a)
            by_talk[a, b] = gave * self.taken[b] / others if others else 0.0
        channels = []
        for name, source, target in (
            ("therapist_to_member", True, False),
            ("member_to_therapist", False, True),
            ("member_to_member", False, False),
        ):
            some = [(a, b) for a, b in seen if (a in leads) is source and (b in leads) is target]
            count = sum(seen[p] for p in some)
            expected = sum(by_talk[p] for p in some)
            channels.append(
                {
                    "name": name,
                    "count": count,
                    "share": count / whole if whole else None,
                    "expected": expected if whole else None,
                    "expected_share": expected / whole if whole else None,
                }
            )
        offsets = {
            pair: [
                o
                for t, _, o in self.answers
                if (t["participant"], t["responds_to"]) == pair and o is not None
            ]
            for pair in seen
        }
        return {
            "pairs": {p: (seen[p], middle(offsets[p])) for p in seen},
            "reciprocity": sum(min(x, seen[b, a]) for (a, b), x in seen.items()) / whole
            if whole
            else None,
            "centralisation": sum(max(got.values()) - x for x in got.values()) / ((n - 1) * whole)
            if whole and n > 2
            else None,
            "isolates": [w for w in self.judged if not any(x for p, x in seen.items() if w in p)],
            "channels": channels,
        }
