"""Every threshold of the software, with its unit and its source.

One frozen dataclass a stage; `Settings` holds them all.  A group may keep a
``settings.toml`` beside its ``group.toml``; what it names replaces the default, and an
unknown name is an error, so a typing mistake never passes in silence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from session_audio.errors import SessionAudioError, SettingsError

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_STRICT)
class MachineSettings:
    """Where the models run."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """``auto`` takes CUDA where there is one."""
    threads: int = 0
    """Threads a model may use; 0 shares the processors between what runs at once."""
    profile: Literal["bundled", "classic", "hub"] = "bundled"
    """Which weights of the registry are used."""


@dataclass(frozen=True, config=_STRICT)
class SoundSettings:
    """Ingest: how a recording is brought to a standard."""

    rate: int = 16_000
    """Hz; what every model here was trained on."""
    target_dbfs: float = -23.0
    """Level of speech after ingest, dBFS: ordinary for recorded speech (EBU R 128: -23 LUFS)."""
    high_pass: float = 60.0
    """Hz below which nothing is kept: hum and rumble, below every voice."""
    gain_window: float = 6.0
    """Seconds of nearby speech that set the slow gain: longer than a phrase (ours)."""
    gain_strength: float = 0.7
    """Share of a speaker's distance from the standard level that is made up (ours)."""
    gain_reach: float = 10.0
    """Most dB that the slow gain adds or takes, beside the one gain of the recording (ours)."""


@dataclass(frozen=True, config=_STRICT)
class DiarizationSettings:
    """Diarization: who spoke when."""

    use_attendance: bool = True
    """Whether the attendance list bounds the number of speakers."""
    step: float = 2.5
    """Seconds between the 10 s chunks that the segmentation model hears (pyannote.audio: 1)."""
    speech_threshold: float = 0.2
    """Score of the most active local speaker from which somebody talks (ours, measured)."""
    overlap_threshold: float = 0.45
    """Score of the second from which two talk (ours, measured)."""
    pause_depth: float = 0.08
    """A pause is cut out where the level falls below this share of the way, in dB, from the
    room's noise to speech (ours, measured; not in short recordings, which do not show their
    noise: it loses quiet speakers of the real clips)."""
    shortest_pause: float = 0.3
    """Seconds; shorter pauses stay inside speech (ours; stop closures reach 0.18)."""
    shortest_speech: float = 0.1
    """Seconds; shorter bursts are dropped (ours)."""
    voice_window: float = 1.2
    """Seconds of sound in the voice embeddings that tell people apart (ours, measured)."""
    voice_hop: float = 0.4
    """Seconds between them (ours)."""
    fine_window: float = 0.4
    """Seconds in those that tell when the speaker changes; they know their surroundings
    (ours, measured)."""
    fine_hop: float = 0.2
    """Seconds between them (ours)."""
    same_stretch: float = 0.4
    """Neighbouring embeddings at least this alike (cosine) are one stretch (ours)."""
    cluster_distance: float = 0.5
    """Cosine distance up to which clusters of stretches are joined (ours, measured)."""
    short_length: float = 180.0
    """Seconds up to which a recording is heard with the finer `short_step`."""
    short_step: float = 1.0
    """As `step`; every moment of a short recording counts, and its cost does not."""
    short_speech: float = 0.35
    """As `speech_threshold`, for short recordings: more chunks are averaged (ours, measured)."""
    short_overlap: float = 0.2
    """As `overlap_threshold`, likewise (ours, measured)."""
    least_voice: float = 5.0
    """Seconds of pure speech below which a cluster joins its nearest (ours, measured) ..."""
    least_voice_share: float = 0.04
    """... or this share of all, where that is less: a short clip has short voices."""
    sure_voice: float = 2.0
    """A cluster of fewer than `least_voice` but at least so many seconds stays ..."""
    distinct_voice: float = 0.3
    """... where it is no more alike (cosine) to any other than this (ours, measured)."""
    same_voice: float = 0.5
    """Clusters at least this alike (cosine) are one voice (ours, measured)."""
    voice_shrinkage: float = 0.3
    """Share of an even spread added to a voice's measured one, as few windows tell it badly
    (ours, measured: 0.1 to 1 give the same)."""
    voice_weight: float = 0.4
    """Weight of what a voice explains of the sound, in squared standard deviations (ours)."""
    local_weight: float = 0.5
    """Weight of the segmentation's own speakers, as log scores, beside it (ours, measured)."""
    change_cost: float = 20.0
    """Log score that a speaker who joins without need costs where the model hears no change
    (ours, measured)."""
    crosstalk_depth: float = 8.0
    """A track weaker than another by this, in dB, hears only the other (ours)."""
    silent_track: float = 1.0
    """Seconds of speech below which a track is called silent."""


@dataclass(frozen=True, config=_STRICT)
class IdentificationSettings:
    """Identify: which voice is which member.  Similarities are cosines, in [-1, 1]."""

    similarity: float = 0.50
    """A voice is a member's from this similarity to their profile on (ours, measured)."""
    margin: float = 0.10
    """It must be closer than any other member's by this (ours, measured)."""
    same_person: float = 0.55
    """A second label of one person must be at least this close to their profile (ours)."""
    joint_overlap: float = 0.1
    """Share of a label's speech that may overlap the person's other labels (ours)."""
    same_voice: float = 0.55
    """Two labels in an enrolment clip are one voice from this similarity on (ours)."""
    least_speech: float = 3.0
    """Seconds below which a voice is nobody in particular (ours)."""
    sure_speech: float = 15.0
    """Seconds from which a label counts fully where two compete for a name (ours)."""
    enrolment_speech: float = 5.0
    """Seconds of speech that an enrolment needs."""
    second_voice: float = 2.0
    """Seconds of another voice from which an enrolment clip is refused (ours)."""


@dataclass(frozen=True, config=_STRICT)
class TranscriptionSettings:
    """Transcribe: words with times.  What has no source was tuned on simulated sessions."""

    model: str = ""
    """Weights by their name in the registry; empty takes the profile's own."""
    beam_size: int = 5
    """Hypotheses kept while decoding (Whisper's own; greedy is a fifth faster and less exact)."""
    batch_size: int = 0
    """Chunks decoded together; 0 takes 1 on a CPU, where more only takes memory, and 16 on CUDA."""
    chunk: float = 28.0
    """Most seconds of sound in one chunk; the model always reads 30."""
    keep_silence: float = 1.0
    """Seconds of silence up to which it is read; longer ones are left out."""
    vad_threshold: float = 0.5
    """Probability of speech from which it counts (Silero's default)."""
    vad_silence: float = 0.16
    """Seconds of silence that end a stretch of speech."""
    vad_speech: float = 0.1
    """Shortest stretch of speech, seconds."""
    vad_pad: float = 0.3
    """Seconds kept around speech for the model to hear."""
    vad_slack: float = 0.2
    """Seconds that a word may reach beyond voice activity."""
    no_speech: float = 0.6
    """A chunk with at least this probability of no speech is dropped (Whisper's own) ..."""
    low_logprob: float = -1.0
    """... if its tokens are on average less likely than this (Whisper's own)."""
    least_probability: float = 0.0
    """Words less probable than this are dropped."""
    missed_speech: float = 1.5
    """Seconds of speech without a word from which it is heard once more, by itself."""


@dataclass(frozen=True, config=_STRICT)
class TurnSettings:
    """Turns, interactions and responses.  Seconds, unless a line says otherwise."""

    ipu_gap: float = 0.2
    """A speaker's silence up to this stays inside an inter-pausal unit (ours: shorter ones are
    usual on hand-aligned words, but a diarizer does not resolve them)."""
    turn_split: float = 1.5
    """A longer silence of the speaker's own ends a turn, even if nobody else talks (ours)."""
    backchannel_longest: float = 1.0
    """Longest backchannel by timing (Ekstedt & Skantze 2022)."""
    backchannel_margin: float = 1.0
    """Own silence before and after a backchannel by timing (Ekstedt & Skantze 2022)."""
    backchannel_words: int = 3
    """Most words of a backchannel by its words (Reece et al. 2023)."""
    cut_window: float = 1.5
    """Who was cut off stops within this after the other comes in (ours)."""
    cut_silence: float = 0.5
    """Longest silence in which an unfinished sentence still counts as cut off (ours)."""
    floor_hold: float = 1.0
    """Who cuts in successfully talks at least this long alone; who talks on at least this
    long over another keeps the floor (ours)."""
    boundary: float = 0.5
    """Overlap of at most this before the holder's end is terminal (about two syllables,
    after West & Zimmerman 1983; the seconds are ours)."""
    dual_start: float = 0.3
    """Two who begin within this of each other after a silence start together (ours)."""
    resolution: float = 0.25
    """Overlaps shorter than this get half the confidence: boundaries of a diarizer are no
    more exact (ours, from DER-level boundary error of 0.1 to 0.3 s)."""
    response_reach: float = 30.0
    """How far back a turn may answer (ours)."""


@dataclass(frozen=True, config=_STRICT)
class MetricSettings:
    """Measures of balance, timing, interruption and the network.  Seconds where not said."""

    least_silence: float = 0.18
    """Shorter silences of all are stop closures (Heldner & Edlund 2010)."""
    lapse: float = 3.0
    """A silence of all from this on is a lapse (Levitt 2001)."""
    window_per_person: float = 30.0
    """A balance window is this times the people present ..."""
    window_least: float = 150.0
    """... and at least this (ConvoKit's talk-time sharing: 150 s)."""
    window_steps: int = 5
    """Windows begin every window / this (ConvoKit: 150 s / 5)."""
    resamples: int = 1000
    """Resamples of turn blocks behind an interval."""
    least_blocks: int = 5
    """Fewer turn blocks than this give no interval."""
    shuffles: int = 199
    """Shuffled sessions behind a p-value of subgroups or rivals."""
    significance: float = 0.05
    """Chance allowed for subgroups and (Holm-corrected) rivals."""
    seed: int = 20_260_302
    """Of all resampling; the same session gives the same numbers."""
    monologues: int = 5
    """How many of the longest turns are listed."""
    attribute: str | None = None
    """A roster attribute to cross with interruptions; None leaves that out."""
    least_people: int = 2
    """People needed behind each attribute value before anything is shown of it."""


@dataclass(frozen=True, config=_STRICT)
class FlagSettings:
    """Candidate moments."""

    classifier: str = "bundled"
    """``bundled``, or a local folder with a sequence-classification or zero-shot model."""
    classifier_labels: tuple[str, ...] = ()
    """How such a model's labels map to ours: ``"toxic=confrontation"``; unnamed ones keep."""
    hypotheses: tuple[str, str, str, str] = (
        # one a label, in the order of the labels (ours)
        "The last speaker talks in an ordinary, cooperative way.",
        "The last speaker pulls back or avoids what was asked.",
        "The last speaker attacks or refuses someone in the room.",
        "The last speaker tries to mend a strain with someone in the room.",
    )
    """What a zero-shot model weighs: none, withdrawal, confrontation, repair (ours)."""
    threshold: float = 0.06
    """Score in [0, 1] from which a moment is a candidate, in a session where moments stand out
    (`session_evidence`); docs/accuracy.md has the precision and recall of several (ours)."""
    repair_threshold: float = 0.06
    """The same for a repair with no strain candidate before it (ours)."""
    session_evidence: float = 1.15
    """What the scores of the three strongest moments must add up to, so that weak ones are told;
    a third for one, and two for two, in a session of few turns; more in a long one (ours)."""
    strong: float = 0.8
    """Score from which a moment is told in any session (ours)."""
    per_hour: float = 6.0
    """Most candidates an hour of session; the strongest stay (ours) ..."""
    at_least: int = 5
    """... but so many are always allowed, as a supervisor looks at the top five."""
    merge_turns: int = 4
    """Evidence within so many turns is one moment (codebook: about 3)."""
    merge_seconds: float = 45.0
    """... and within so many seconds (ours)."""
    repair_reach: float = 600.0
    """Seconds after a strain in which a repair is looked for (ours)."""
    lapse: float = 3.0
    """A silence of everybody from this on is a lapse (Levitt 2001)."""
    window: float = 300.0
    """Seconds of talk before and after a moment that are compared (ours)."""
    least_window: float = 60.0
    """Less talk of everybody than this on either side, and nothing is compared (ours)."""
    silent_after_cut: float = 60.0
    """Silence of one who was cut off, from which it is evidence (ours)."""
    minimal_words: int = 4
    """Most words of a minimal answer (codebook: a few words)."""


@dataclass(frozen=True, config=_STRICT)
class QualitySettings:
    """When the report warns that a session's numbers deserve less trust (all ours)."""

    little_speech: float = 120.0
    """Seconds of speech in the whole session below which it warns."""
    much_overlap: float = 0.20
    """Share of the session with two or more talking, above which it warns."""
    much_unattributed: float = 0.05
    """Share of speech by nobody known, above which it warns."""
    unsure_words: float = 0.60
    """Mean word probability below which it warns."""
    low_margin: float = 0.05
    """Cosine margin of an identification below which it warns."""


@dataclass(frozen=True, config=_STRICT)
class ReportSettings:
    """What people read.  Every threshold here is ours, chosen to be cautious."""

    language: str = "en"
    """Wording file: ``en`` or ``de``."""
    pseudonyms: bool = False
    """Whether names are replaced, in what was said too; for a file that leaves the clinic."""
    page: Literal["a4", "letter"] = "a4"
    """Paper of the PDF and of the printed page."""
    much_factor: float = 1.5
    """A share is called large from this multiple of an equal share, if its interval agrees."""
    little_factor: float = 0.5
    """A share is called small up to this multiple of an equal share, if its interval agrees."""
    few_events: int = 5
    """Fewer events than this: the count is shown, no rate and no comparison."""
    few_seconds: float = 60.0
    """Seconds of floor time below which being cut off, or not, says too little."""
    moments_first: int = 3
    """How many candidate moments the summary names."""
    context_turns: int = 2
    """Turns quoted before and after a candidate moment."""
    timeline_row: float = 1800.0
    """Seconds in one row of the timeline."""
    lapses_listed: int = 10
    """How many of the longest silences are listed."""
    low_word_probability: float = 0.7
    """Mean probability of the words below which the text is to be read with care."""
    much_unattributed: float = 0.1
    """Share of speech by nobody known from which shares are to be read with care."""
    rating_drop: float = 1.0
    """Points (mean over an instrument's items) from which a fall is listed."""
    least_group: int = 4
    """People present from which a member's own report shows numbers of the whole group."""
    speaker_change: float = 0.25
    """Seconds before and after another's turn in which a word may be another's, so that a member's
    own report leaves it out (as `turns.resolution`: a diarizer's limits err by 0.1 to 0.3 s)."""
    false_discovery_rate: float = 0.05
    """Rate to which the comparisons of the series are corrected (Benjamini-Hochberg 1995)."""


@dataclass(frozen=True, config=_STRICT)
class Settings:
    """All settings, a section a stage."""

    machine: MachineSettings = MachineSettings()
    sound: SoundSettings = SoundSettings()
    diarization: DiarizationSettings = DiarizationSettings()
    identification: IdentificationSettings = IdentificationSettings()
    transcription: TranscriptionSettings = TranscriptionSettings()
    turns: TurnSettings = TurnSettings()
    metrics: MetricSettings = MetricSettings()
    flags: FlagSettings = FlagSettings()
    quality: QualitySettings = QualitySettings()
    report: ReportSettings = ReportSettings()


_ADAPTER = TypeAdapter(Settings)


def as_dict(settings: object) -> dict[str, Any]:
    """Plain values of one section or of all, for ``provenance.json`` and freshness."""
    return dict(TypeAdapter(type(settings)).dump_python(settings, mode="json"))


def from_mapping(values: Mapping[str, Any], *, where: str = "settings") -> Settings:
    """Settings with `values` in place of the defaults.

    Raises
    ------
    SettingsError
        When a name is unknown or a value impossible; each is listed.

    Examples
    --------
    >>> from_mapping({"machine": {"device": "cpu"}}).machine.device
    'cpu'
    >>> from_mapping({"machine": {"devise": "cpu"}})
    Traceback (most recent call last):
        ...
    session_audio.errors.SettingsError: settings: machine.devise: there is no such setting
    """
    try:
        return _ADAPTER.validate_python(dict(values))
    except ValidationError as error:
        raise SettingsError(f"{where}: {problems(error)}") from None


def load(path: Path | None) -> Settings:
    """Settings from a TOML file; the defaults when `path` is None."""
    if path is None:
        return Settings()
    return from_mapping(read_toml(path, SettingsError), where=path.name)


def read_toml(path: Path, error: type[SessionAudioError]) -> dict[str, Any]:
    """The tables of a TOML file; `error` where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise error(f"{path.name} is not there") from None
    except UnicodeDecodeError:
        raise error(f"{path.name} is not UTF-8 text", hint="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as bad:
        raise error(f"{path.name} is not valid TOML: {bad}") from None
    except OSError as bad:
        why = bad.strerror or type(bad).__name__
        raise error(f"{path.name} cannot be read ({why})") from None


def problems(error: ValidationError) -> str:
    """What is wrong, field by field, without the input (which may be a transcript)."""
    lines = []
    for item in error.errors(include_input=False, include_url=False):
        field = ".".join(str(part) for part in item["loc"])
        said = _SAID.get(item["type"], item["msg"])
        if item["type"].startswith("date_"):
            said = "expected a date, written like 2026-03-31"
        lines.append(f"{field}: {said}" if field else said)
    return "; ".join(lines)


_SAID = {
    "extra_forbidden": "there is no such field",
    "unexpected_keyword_argument": "there is no such setting",
    "missing": "is missing",
}
