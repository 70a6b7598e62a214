"""Settings of the stages that work on turns: measures, candidate moments, reports."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from session_audio.settings.kinds import (
    STRICT,
    CosineDistance,
    Count,
    ErrorRate,
    Factor,
    Mapped,
    Points,
    Probability,
    Rate,
    Score,
    Seconds,
    Share,
    Switch,
    within,
)


@dataclass(frozen=True, config=STRICT)
class TurnSettings:
    """Turns, interactions and responses.  Seconds, unless a line says otherwise.

    The trained model tells what is said in English; other languages are told by these rules.
    """

    ipu_gap: Seconds = within(0, 2, default=0.2)
    """A speaker's silence up to this stays inside an inter-pausal unit (ours: shorter ones are
    usual on hand-aligned words, but a diarizer does not resolve them)."""
    turn_split: Seconds = within(0.2, 60, default=1.5)
    """A longer silence of the speaker's own ends a turn, even if nobody else talks (ours)."""
    backchannel_longest: Seconds = within(0, 5, default=1.0)
    """Longest backchannel by timing (Ekstedt & Skantze 2022)."""
    backchannel_margin: Seconds = within(0, 10, default=1.0)
    """Own silence before and after a backchannel by timing (Ekstedt & Skantze 2022)."""
    backchannel_words: Count = within(0, 10, default=3)
    """Most words of a backchannel by its words (Reece et al. 2023)."""
    cut_window: Seconds = within(0, 10, default=1.5)
    """Who was cut off stops within this after the other comes in (ours)."""
    cut_silence: Seconds = within(0, 5, default=0.5)
    """Longest silence in which an unfinished sentence still counts as cut off (ours)."""
    floor_hold: Seconds = within(0, 10, default=1.0)
    """Who cuts in successfully talks at least this long alone; who talks on at least this
    long over another keeps the floor (ours)."""
    bid_words: Count = within(1, 20, default=2)
    """Talk inside another's is a bid for the floor from so many words on, or ..."""
    bid_longer: Seconds = within(0, 5, default=0.5)
    """... where it is longer than this; less is not counted as an attempt (ours)."""
    boundary: Seconds = within(0, 5, default=0.5)
    """Overlap of at most this before the holder's end is terminal (about two syllables,
    after West & Zimmerman 1983; the seconds are ours)."""
    dual_start: Seconds = within(0, 2, default=0.3)
    """Two who begin within this of each other after a silence start together (ours)."""
    resolution: Seconds = within(0, 2, default=0.25)
    """Overlaps shorter than this get half the confidence: boundaries of a diarizer are no
    more exact (ours, from DER-level boundary error of 0.1 to 0.3 s)."""
    response_reach: Seconds = within(0, 600, default=30.0)
    """How far back a turn may answer (ours)."""


@dataclass(frozen=True, config=STRICT)
class MetricSettings:
    """Measures of balance, timing, interruption and the network.  Seconds where not said."""

    least_silence: Seconds = within(0, 2, default=0.18)
    """Shorter silences of all are stop closures (Heldner & Edlund 2010)."""
    lapse: Seconds = within(0.5, 60, default=3.0)
    """A silence of all from this on is a lapse (Levitt 2001)."""
    window_per_person: Seconds = within(0, 600, default=30.0)
    """A balance window is this times the people present ..."""
    window_least: Seconds = within(10, 3600, default=150.0)
    """... and at least this (ConvoKit's talk-time sharing: 150 s)."""
    window_steps: Count = within(1, 50, default=5)
    """Windows begin every window / this (ConvoKit: 150 s / 5)."""
    resamples: Count = within(100, 100_000, default=1000)
    """Resamples of turn blocks behind an interval."""
    least_blocks: Count = within(2, 1000, default=5)
    """Fewer turn blocks than this give no interval."""
    shuffles: Count = within(19, 99_999, default=199)
    """Shuffled sessions behind a p-value of subgroups or rivals."""
    significance: ErrorRate = within(0.0001, 0.5, default=0.05)
    """Chance allowed for subgroups and (Holm-corrected) rivals."""
    seed: Count = within(0, 4_294_967_295, default=20_260_302)
    """Of all resampling; the same session gives the same numbers."""
    monologues: Count = within(0, 100, default=5)
    """How many of the longest turns are listed."""
    attribute: str | None = None
    """A roster attribute to cross with interruptions; None leaves that out."""
    least_people: Count = within(2, 20, default=2)
    """People needed behind each attribute value before anything is shown of it."""


@dataclass(frozen=True, config=STRICT)
class FlagSettings:
    """Candidate moments: looked for in English alone, but by a classifier of your own."""

    classifier: str = "bundled"
    """``bundled``, or a local folder with a sequence-classification or zero-shot model.  The
    bundled one is English and is given only what is said in English; another is given all."""
    classifier_labels: tuple[Mapped, ...] = ()
    """How such a model's labels map to ours: ``"toxic=confrontation"``; unnamed ones keep."""
    hypotheses: tuple[str, str, str, str] = (
        # one a label, in the order of the labels (ours)
        "The last speaker talks in an ordinary, cooperative way.",
        "The last speaker pulls back or avoids what was asked.",
        "The last speaker attacks or refuses someone in the room.",
        "The last speaker tries to mend a strain with someone in the room.",
    )
    """What a zero-shot model weighs: none, withdrawal, confrontation, repair (ours)."""
    threshold: Score = 0.06
    """Score in [0, 1] from which a moment is a candidate, in a session where moments stand out
    (`session_evidence`); docs/notes/rupture.md has the precision and recall of several (ours)."""
    repair_threshold: Score = 0.06
    """The same for a repair with no strain candidate before it (ours)."""
    session_evidence: Factor = within(0, 3, default=1.6)
    """What the scores of the three strongest moments must add up to, so that weak ones are told;
    less in a session of few turns, a tenth where it can hold but one; more in a long one (ours)."""
    strong: Score = 0.97
    """Score from which a moment is told in any session (ours)."""
    per_hour: Rate = within(0, 120, default=6.0)
    """Most candidates an hour of session; the strongest stay (ours) ..."""
    at_least: Count = within(0, 100, default=5)
    """... but so many are always allowed, as a supervisor looks at the top five."""
    merge_turns: Count = within(0, 50, default=4)
    """Evidence within so many turns is one moment (codebook: about 3)."""
    merge_seconds: Seconds = within(0, 600, default=45.0)
    """... and within so many seconds (ours)."""
    repair_reach: Seconds = within(0, 7200, default=600.0)
    """Seconds after a strain in which a repair is looked for (ours)."""
    lapse: Seconds = within(0.5, 60, default=3.0)
    """A silence of everybody from this on is a lapse (Levitt 2001)."""
    window: Seconds = within(30, 3600, default=300.0)
    """Seconds of talk before and after a moment that are compared (ours)."""
    least_window: Seconds = within(0, 3600, default=60.0)
    """Less talk of everybody than this on either side, and nothing is compared (ours)."""
    silent_after_cut: Seconds = within(5, 3600, default=60.0)
    """Silence of one who was cut off, from which it is evidence (ours)."""
    minimal_words: Count = within(0, 20, default=4)
    """Most words of a minimal answer (codebook: a few words)."""

    @property
    def reads_english_only(self) -> bool:
        """Whether moments are looked for in English alone."""
        return self.classifier == "bundled"


@dataclass(frozen=True, config=STRICT)
class QualitySettings:
    """When the report warns that a session's numbers deserve less trust (all ours)."""

    little_speech: Seconds = within(0, 7200, default=120.0)
    """Seconds of speech in the whole session below which it warns."""
    much_overlap: Share = 0.20
    """Share of the session with two or more talking, above which it warns."""
    much_unattributed: Share = 0.05
    """Share of speech by nobody known, above which it warns."""
    unsure_words: Probability = 0.60
    """Mean word probability below which it warns."""
    low_margin: CosineDistance = 0.05
    """Cosine margin of an identification below which it warns."""


@dataclass(frozen=True, config=STRICT)
class ReportSettings:
    """What people read.  Every threshold here is ours, chosen to be cautious."""

    language: str = "en"
    """Of the report: ``en``, ``de``, ``nl``, ``es``, ``fr`` or ``pt``."""
    pseudonyms: Switch = False
    """Whether names are replaced, in what was said too; for a file that leaves the clinic.  Names
    that a recogniser misheard are told by English and German word lists: elsewhere more remain."""
    sound: Switch = True
    """Whether a compressed copy of the sound lies beside the session's report, to hear from it.
    Needs no consent beyond that to ``recording``, and never goes with a report for elsewhere."""
    page: Literal["a4", "letter"] = "a4"
    """Paper of the PDF and of the printed page."""
    much_factor: Factor = within(1, 10, default=1.5)
    """A share is called large from this multiple of an equal share, if its interval agrees."""
    little_factor: Factor = within(0, 1, default=0.5)
    """A share is called small up to this multiple of an equal share, if its interval agrees."""
    few_events: Count = within(0, 100, default=5)
    """Fewer events than this: the count is shown, no rate and no comparison."""
    few_turns: Count = within(0, 1000, default=60)
    """Fewer turns than this in a session: how evenly talk and answers were shared is not put
    into a number."""
    few_seconds: Seconds = within(0, 3600, default=60.0)
    """Seconds of floor time below which being cut off, or not, says too little."""
    moments_first: Count = within(0, 20, default=3)
    """How many candidate moments the summary names."""
    context_turns: Count = within(0, 10, default=2)
    """Turns quoted before and after a candidate moment."""
    timeline_row: Seconds = within(60, 14_400, default=7200.0)
    """Seconds in one row of the timeline on paper."""
    lapses_listed: Count = within(0, 100, default=10)
    """How many of the longest silences are listed."""
    low_word_probability: Probability = 0.7
    """Mean probability of the words below which the text is to be read with care."""
    unsure_word: Probability = 0.5
    """Probability of a word below which the transcript and quotes mark it."""
    much_unattributed: Share = 0.1
    """Share of speech by nobody known from which shares are to be read with care."""
    speaker_change: Seconds = within(0, 5, default=0.25)
    """Seconds before and after another's turn in which a word may be another's, so that a member's
    own report leaves it out (as `turns.resolution`: a diarizer's limits err by 0.1 to 0.3 s)."""
    rating_drop: Points = within(0, 100, default=1.0)
    """Points (mean over an instrument's items) from which a fall is listed."""
    least_group: Count = within(3, 20, default=4)
    """People present from which a member's own report shows numbers of the whole group."""
    false_discovery_rate: ErrorRate = within(0.0001, 0.5, default=0.05)
    """Rate to which the comparisons of the series are corrected (Benjamini-Hochberg 1995)."""
