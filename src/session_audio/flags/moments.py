"""Moments from scored utterances: grouping, links of strain and repair, selection.

`group_into_moments` makes them, `link` joins strains and repairs, `within_budget` selects those
that are reported and `refer` says which of these belong together.  Evidence from around a moment
is added between, by `flags.candidates`.  Scores are probabilities, added up as log odds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from session_audio.flags.evidence import Utterance
from session_audio.flags.prior import Scored, logit
from session_audio.interval import exceeds
from session_audio.schema import Aftermath, Reason, TurnLabel
from session_audio.settings import FlagSettings

REASONS: Mapping[str, str] = {
    "confrontation_words": "the words resemble a move against; probability by words alone",
    "withdrawal_words": "the words resemble a move away; probability by words alone",
    "repair_words": "the words resemble a move toward; probability by words alone",
    "nearby": "so many turns of this moment resemble a strain or a repair",
    "minimal_answer": "a direct question was answered in so many words",
    "laughter_followed": "laughter is written in the turns after",
    "lapse": "seconds of silence of everybody after it",
    "topic_moved_on": "the turns after share no content word with those before",
    "cut_off": "an interruption just before or after; seconds until the one cut off is heard again",
    "silent_after": "the person concerned is not heard for so many seconds",
    "quieter_after": "their share of talk after, as a multiple of before",
    "slower_after": "their answers come so many seconds later than before",
    "shorter_after": "their turns after, as a multiple of before",
    "repair_followed": "the repair candidate that `Flag.repair` names began so many seconds later",
    "unlisted_repair": "a turn after it resembles a repair but is no candidate; its score",
    "no_repair_seen": "no turn after it resembles a repair, or only one between others is listed",
    "repair_of": "a strain candidate whose `Flag.repair` is this one ended so many seconds before",
    "unlisted_strain": "a turn before it resembles a strain but is no candidate; its score",
}
"""Every reason that a `Flag` may carry, with what it means and what its number is."""

NEAR_WEIGHT = 0.5
"""What a further turn of the same moment counts, against the strongest (ours)."""
NEAR_SHARE = 0.3
"""Fraction of the strongest turn's score from which one beside it belongs to the moment (ours)."""
LEAST = 0.02
"""Score below which a turn begins no moment (ours)."""

_TURNS_A_MOMENT = 30
"""Turns of a session for each moment that it can be expected to hold (ours; only sessions of
fewer than 75 turns are touched by it)."""

_USUAL_TURNS = 110
"""Turns of a session, backchannels aside, that `session_evidence` is meant for: the median of the
scripted ones.  In longer ones some turn scores high by chance, so more is needed ..."""
_MORE_IN_LONGER = 0.35
"""... by so much for each e-fold of turns (ours; from calm sessions set one after the other)."""

_LESS_IN_SHORTER = 2.2
"""Power of the share of three moments that a short session can hold: of few turns the strongest
scores less high, also in an open quarrel of two minutes (ours; chosen with the samples)."""

WEAK = 0.09
"""Score below which a moment is reported only if it is among the first ..."""
_TURNS_A_WEAK_ONE = 23
"""... one for each so many turns: in a short session five would be more than there is (chosen on
development sessions)."""

ADDED = {
    "minimal_answer": 0.2,
    "lapse": 0.2,
    "cut_off": 0.3,
    "silent_after": 0.2,
    "quieter_after": 0.3,
}
"""What evidence beside the words adds, in log odds (ours; small, for the words decide)."""
LINKED = 0.5
"""What a strain and its repair add to each other, in log odds, times the other's score (ours)."""


@dataclass
class Moment:
    """Utterances that are one moment, and the evidence for it."""

    kind: TurnLabel
    core: Scored
    """The utterance with the highest `Scored.p_any`: the one that is quoted."""
    turns: list[Scored]
    odds: float
    """Log odds of its score."""
    reasons: list[Reason] = field(default_factory=list)
    aftermath: Aftermath | None = None
    repair: Moment | None = None
    """The first repair within reach after a strain: each raised the other's score."""

    @property
    def start(self) -> float:
        """Seconds at which what is quoted begins."""
        return self.core.utterance.words_start

    @property
    def end(self) -> float:
        """Seconds at which its last turn ends."""
        return max(t.utterance.end for t in self.turns)

    @property
    def score(self) -> float:
        """Its odds as a probability."""
        return 1.0 / (1.0 + math.exp(-self.odds))

    def note(self, key: str, value: float | None = None) -> None:
        """Note a reason, which may raise the odds (`ADDED`)."""
        self.reasons.append(Reason(key, None if value is None else float(f"{value:.3g}")))
        self.odds += ADDED.get(key, 0.0)


def group_into_moments(rows: Sequence[Scored], settings: FlagSettings) -> list[Moment]:
    """Moments about the utterances of highest `Scored.p_any`; what is near belongs to one moment.

    A strain and the turns that mend it at once are one moment, of the kind of its strongest
    turn.
    """
    moments: list[Moment] = []
    taken: set[int] = set()
    for row in sorted(rows, key=lambda r: (-r.p_any, r.position)):
        if row.position in taken or row.p_any < LEAST:
            continue
        near = [
            other
            for other in rows
            if other.position not in taken
            and abs(other.position - row.position) <= settings.merge_turns
            and not exceeds(_gap(other.utterance, row.utterance), settings.merge_seconds)
        ]
        counted = [o for o in near if o is row or o.p_any >= NEAR_SHARE * row.p_any]
        taken.update(o.position for o in near)
        rest = [o.p_any * NEAR_WEIGHT for o in counted if o is not row]
        p_none = math.prod([1 - row.p_any, *(1 - p for p in rest)])
        moment = Moment(row.best_label, row, counted, logit(1 - p_none))
        moment.note(f"{moment.kind}_words", row.scores[moment.kind])
        if rest:
            moment.note("nearby", len(counted))
        moments.append(moment)
    return moments


def _gap(one: Utterance, other: Utterance) -> float:
    """Seconds between two; 0 where they overlap."""
    return max(0.0, max(one.start, other.start) - min(one.end, other.end))


def link(strains: Sequence[Moment], repairs: Sequence[Moment], settings: FlagSettings) -> None:
    """Give each strain the first repair after it; the strain raises the repair's score.

    How far the repair raises the strain's is added with the other evidence around it
    (`repaired`).
    """
    for strain in strains:
        strain.repair = _first_after(
            strain, [r for r in repairs if r.score >= settings.threshold / 2], settings
        )
        if strain.repair is not None and strain.score >= settings.threshold / 2:
            strain.repair.odds += LINKED * strain.score


def repaired(strain: Moment) -> None:
    """Raise a strain's score by that of the repair that `link` gave it."""
    if strain.repair is not None:
        strain.odds += LINKED * strain.repair.score


def _first_after(
    strain: Moment, repairs: Iterable[Moment], settings: FlagSettings
) -> Moment | None:
    """The first repair that begins after a strain and within `repair_reach` of its end."""
    begun = strain.core.utterance.start
    within = [
        r for r in repairs if begun < r.core.utterance.start <= strain.end + settings.repair_reach
    ]
    return min(within, key=lambda r: r.core.utterance.start, default=None)


def refer(
    reported: Sequence[Moment],
    strains: Sequence[Moment],
    settings: FlagSettings,
    fits: Callable[[Moment, Moment], bool] = lambda strain, repair: True,
) -> dict[int, Moment]:
    """Note which reported moments belong together, and what resembles a partner but is unlisted.

    A strain belongs to the first reported repair within reach after it that may mend it,
    whether or not a weaker one, that is not reported, came before that.

    Parameters
    ----------
    reported : sequence of Moment
        What `within_budget` selected.
    strains : sequence of Moment
        Every strain, reported or not, linked.
    settings : FlagSettings
    fits : callable
        Whether the repair (second) may mend the strain (first), by whom they concern.

    Returns
    -------
    dict
        The reported repair of a reported strain, by ``id`` of the strain.
    """
    repairs = [m for m in reported if m.kind == "repair"]
    listed = {id(m) for m in reported}
    answers: dict[int, Moment] = {}
    for strain in reported:
        if strain.kind == "repair":
            continue
        answer = _first_after(strain, (r for r in repairs if fits(strain, r)), settings)
        if answer is not None:
            seconds = max(0.0, answer.start - strain.end)
            strain.note("repair_followed", seconds)
            answer.note("repair_of", seconds)
            answers[id(strain)] = answer
        elif strain.repair is not None and id(strain.repair) not in listed:
            strain.note("unlisted_repair", strain.repair.score)
        else:
            strain.note("no_repair_seen")
    for repair in repairs:
        before = [s for s in strains if s.repair is repair and id(s) not in listed]
        if before and not any(answer is repair for answer in answers.values()):
            repair.note("unlisted_strain", max(s.score for s in before))
    return answers


def within_budget(
    strains: Sequence[Moment],
    repairs: Sequence[Moment],
    duration: float,
    turns: int,
    settings: FlagSettings,
) -> list[Moment]:
    """The strongest candidates above the thresholds, no more than the budget allows.

    A weak candidate is reported only in a session where others score high as well:
    three in a whole session, fewer in one of so few `turns` that it cannot hold three, and by
    more in a long one, where some turn scores high by chance.
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
    needed = (settings.session_evidence + longer) * (others / 3) ** _LESS_IN_SHORTER
    if math.fsum(m.score for m in kept[:others]) < needed:
        kept = [m for m in kept if m.score >= settings.strong]
    first = max(1, turns // _TURNS_A_WEAK_ONE)
    kept = [m for k, m in enumerate(kept) if k < first or m.score >= WEAK]
    allowed = max(settings.at_least, math.floor(settings.per_hour * duration / 3600.0))
    return kept[:allowed]
