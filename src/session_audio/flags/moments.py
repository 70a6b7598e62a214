"""Moments made of scored turns: what belongs together, what mends what, which are told.

`gathered` makes them, `link` joins strains and repairs, `within_budget` chooses.  What happened
around a moment is added between, by `flags`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from session_audio.flags.evidence import Spoken
from session_audio.flags.prior import Scored, logit
from session_audio.interval import exceeds
from session_audio.schema import TurnLabel
from session_audio.settings import FlagSettings

NEAR_WEIGHT = 0.5
"""What a further turn of the same moment counts, against the strongest (ours)."""
NEAR_SHARE = 0.3
"""Share of the strongest turn's score from which a turn beside it is part of the moment (ours)."""
LEAST = 0.02
"""Score below which a turn begins no moment (ours)."""

_TURNS_A_MOMENT = 30
"""Turns of a session for each moment that it can be expected to hold (ours; only sessions of
fewer than 75 turns are touched by it)."""

_USUAL_TURNS = 110
"""Turns of a session, backchannels aside, that `session_evidence` is meant for: the median of the
scripted ones.  In longer ones some turn stands out by chance, so more is needed ..."""
_MORE_IN_LONGER = 0.35
"""... by so much for each e-fold of turns (ours; from calm sessions set one after the other)."""

WEAK = 0.15
"""Score below which a moment is told only if it is among the first ..."""
_TURNS_A_WEAK_ONE = 23
"""... one for each so many turns: in a short session five would be more than there is (chosen on
development sessions)."""

ADDED = {
    "minimal_answer": 0.2,
    "lapse": 0.2,
    "cut_off": 0.3,
    "silent_after": 0.2,
    "quieter_after": 0.3,
    "repair_followed": 0.5,
}
"""What evidence beside the words adds, in log odds (ours; small, for the words decide)."""


@dataclass
class Moment:
    """Turns that are one moment, and the evidence gathered for it."""

    kind: TurnLabel
    core: Scored
    turns: list[Scored]
    odds: float
    reasons: list[str] = field(default_factory=list)
    aftermath: dict[str, float | str | None] = field(default_factory=dict)
    repair: Moment | None = None

    @property
    def start(self) -> float:
        """Seconds at which its first turn begins."""
        return min(t.said.start for t in self.turns)

    @property
    def end(self) -> float:
        """Seconds at which its last turn ends."""
        return max(t.said.end for t in self.turns)

    @property
    def score(self) -> float:
        """Its odds as a share, between 0 and 1."""
        return 1.0 / (1.0 + math.exp(-self.odds))

    def add(self, key: str, value: float | None = None) -> None:
        """Note a reason, which may raise the odds (`ADDED`)."""
        self.reasons.append(key if value is None else f"{key}:{value:.3g}")
        self.odds += ADDED.get(key, 0.0)


def gathered(rows: Sequence[Scored], settings: FlagSettings) -> list[Moment]:
    """Moments about the turns that stand out most; what is near belongs to one moment.

    A strain and the turns that mend it at once are one moment, of the kind of its strongest
    turn.
    """
    moments: list[Moment] = []
    taken: set[int] = set()
    for row in sorted(rows, key=lambda r: (-r.something, r.position)):
        if row.position in taken or row.something < LEAST:
            continue
        near = [
            other
            for other in rows
            if other.position not in taken
            and abs(other.position - row.position) <= settings.merge_turns
            and not exceeds(_apart(other.said, row.said), settings.merge_seconds)
        ]
        counted = [o for o in near if o is row or o.something >= NEAR_SHARE * row.something]
        taken.update(o.position for o in near)
        rest = [o.something * NEAR_WEIGHT for o in counted if o is not row]
        missed = math.prod([1 - row.something, *(1 - s for s in rest)])
        moment = Moment(row.movement, row, counted, logit(1 - missed))
        moment.add(f"{moment.kind}_words", row.scores[moment.kind])
        if rest:
            moment.add("nearby", len(counted))
        moments.append(moment)
    return moments


def _apart(one: Spoken, other: Spoken) -> float:
    return max(0.0, max(one.start, other.start) - min(one.end, other.end))


def link(strains: list[Moment], repairs: list[Moment], settings: FlagSettings) -> None:
    """Give each strain the first repair after it, and weigh each by the other."""
    for strain in strains:
        after = [
            r
            for r in repairs
            if strain.core.said.start < r.core.said.start <= strain.end + settings.repair_reach
            and r.score >= settings.threshold / 2
        ]
        first = min(after, key=lambda r: r.core.said.start, default=None)
        if first is None:
            continue
        strain.repair = first
        if strain.score >= settings.threshold / 2:
            first.add("repair_of", max(0.0, first.core.said.start - strain.end))
            first.odds += ADDED["repair_followed"] * strain.score


def within_budget(
    strains: Sequence[Moment],
    repairs: Sequence[Moment],
    duration: float,
    turns: int,
    settings: FlagSettings,
) -> list[Moment]:
    """The strongest candidates above the thresholds, no more than the budget allows.

    A weak candidate counts for something only in a session where others stand out as well:
    three in a whole session, fewer in one of so few `turns` that it cannot hold three, and by
    more in a long one, where some turn stands out by chance.
    """
    kept = [m for m in strains if m.score >= settings.threshold]
    answers = {id(m.repair) for m in kept if m.repair is not None}
    kept += [
        r
        for r in repairs
        if r.score >= (settings.threshold if id(r) in answers else settings.repair_threshold)
    ]
    kept.sort(key=lambda m: (-m.score, m.start))
    others = max(1, min(3, round(turns / _TURNS_A_MOMENT)))
    longer = _MORE_IN_LONGER * math.log(max(1.0, turns / _USUAL_TURNS))
    needed = (settings.session_evidence + longer) * others / 3
    if math.fsum(m.score for m in kept[:others]) < needed:
        kept = [m for m in kept if m.score >= settings.strong]
    first = max(1, turns // _TURNS_A_WEAK_ONE)
    kept = [m for k, m in enumerate(kept) if k < first or m.score >= WEAK]
    allowed = max(settings.at_least, math.floor(settings.per_hour * duration / 3600.0))
    return kept[:allowed]
