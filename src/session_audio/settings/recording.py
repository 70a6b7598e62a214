"""Settings of the stages that work on the recording: sound, speakers, words."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from session_audio.settings.kinds import (
    STRICT,
    Cosine,
    CosineDistance,
    Count,
    Dbfs,
    Decibels,
    Factor,
    Gigabytes,
    Hertz,
    LogProbability,
    Probability,
    Score,
    Seconds,
    Share,
    Switch,
    within,
)


@dataclass(frozen=True, config=STRICT)
class MachineSettings:
    """Where the models run."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """``auto`` takes CUDA where there is one."""
    threads: Count = within(0, 1024, default=0)
    """Threads a model may use; 0 takes one a processor."""
    profile: Literal["bundled", "classic", "hub"] = "bundled"
    """Which weights of the registry are used."""
    decoding_stall: Seconds = within(5, 3600, default=300.0)
    """Seconds without progress after which decoding a recording is given up (ours)."""
    decoding_memory: Gigabytes = within(0.25, 1024, default=2.0)
    """Memory at which it is given up (ours)."""
    outside_files: Switch = False
    """Whether a session may name files that lie outside its folder."""


@dataclass(frozen=True, config=STRICT)
class SoundSettings:
    """Ingest: how a recording is brought to a standard."""

    target_dbfs: Dbfs = within(-40, -10, default=-23.0)
    """Level of speech after ingest, dBFS: ordinary for recorded speech (EBU R 128: -23 LUFS)."""
    high_pass: Hertz = within(10, 300, default=60.0)
    """Hz below which nothing is kept: hum and rumble, below every voice."""
    gain_window: Seconds = within(0.5, 120, default=6.0)
    """Seconds of nearby speech that set the slow gain: longer than a phrase (ours)."""
    gain_strength: Share = 0.7
    """Share of a speaker's distance from the standard level that is made up (ours)."""
    gain_reach: Decibels = within(0, 40, default=10.0)
    """Most dB that the slow gain adds or takes, beside the one gain of the recording (ours)."""
    short: Seconds = within(1, 600, default=10.0)
    """A recording shorter than this gets a warning (ours)."""
    much_clipped: Share = 0.001
    """Share of samples at full scale above which a recording is called clipped (ours)."""
    low_snr: Decibels = within(0, 60, default=10.0)
    """Speech less than this above the room's noise gets a warning (ours)."""
    sides_as_tracks: Switch = True
    """Whether the two channels of a recording that hold a person each, and hardly hear each
    other, tell who speaks as tracks do (a call with a side a channel)."""


@dataclass(frozen=True, config=STRICT)
class DiarizationSettings:
    """Diarization: who spoke when."""

    use_attendance: Switch = True
    """Whether the attendance list says how many speakers to expect; others who speak stay apart."""
    step: Seconds = within(0.5, 10, default=2.5)
    """Seconds between the 10 s chunks that the segmentation model hears (pyannote.audio: 1)."""
    speech_threshold: Score = 0.3
    """Score of the most active local speaker from which somebody talks (ours, measured: on
    simulated sessions 0.2 to 0.4 give the same, in real rooms 0.2 takes much for speech)."""
    overlap_threshold: Score = 0.45
    """Score of the second from which two talk (ours, measured)."""
    pause_depth: Share = 0.08
    """A pause is cut out where the level falls below this share of the way, in dB, from the
    room's noise to speech (ours, measured; not in short recordings, which do not show their
    noise: it loses quiet speakers of the real clips)."""
    shortest_pause: Seconds = within(0, 5, default=0.3)
    """Seconds; shorter pauses stay inside speech (ours; stop closures reach 0.18)."""
    shortest_speech: Seconds = within(0, 5, default=0.1)
    """Seconds; shorter bursts are dropped (ours)."""
    voice_window: Seconds = within(0.5, 10, default=1.2)
    """Seconds of sound in the voice embeddings that tell people apart (ours, measured)."""
    voice_hop: Seconds = within(0.1, 5, default=0.4)
    """Seconds between them (ours)."""
    fine_window: Seconds = within(0.4, 5, default=0.4)
    """Seconds in those that tell when the speaker changes; they know their surroundings
    (ours, measured)."""
    fine_hop: Seconds = within(0.1, 2, default=0.2)
    """Seconds between them (ours)."""
    same_stretch: Cosine = 0.4
    """Neighbouring embeddings at least this alike (cosine) are one stretch (ours)."""
    cluster_distance: CosineDistance = 0.5
    """Cosine distance up to which clusters of stretches are joined (ours, measured)."""
    short_length: Seconds = within(0, 3600, default=180.0)
    """Seconds up to which a recording is heard with the finer `short_step`."""
    short_step: Seconds = within(0.5, 10, default=1.0)
    """As `step`; every moment of a short recording counts, and its cost does not."""
    short_speech: Score = 0.35
    """As `speech_threshold`, for short recordings: more chunks are averaged (ours, measured)."""
    short_overlap: Score = 0.45
    """As `overlap_threshold`, likewise (ours, measured)."""
    least_voice: Seconds = within(0, 120, default=5.0)
    """Seconds of pure speech below which a cluster joins its nearest (ours, measured) ..."""
    least_voice_share: Share = 0.04
    """... or this share of all, where that is less: a short clip has short voices."""
    sure_voice: Seconds = within(0, 120, default=2.0)
    """A cluster of fewer than `least_voice` but at least so many seconds stays ..."""
    distinct_voice: Cosine = 0.3
    """... where it is no more alike (cosine) to any other than this (ours, measured), and no more
    voices are found than people are listed."""
    same_voice: Cosine = 0.5
    """Clusters at least this alike (cosine) are one voice (ours, measured)."""
    same_long_voice: Cosine = 0.5
    """As `same_voice`, of two that have 15 s of pure speech each (ours; raised by telephone)."""
    narrowband_likeness: Share = 0.4
    """Cosine that any two voices share in telephone sound: there every threshold on likeness is
    raised by this share of its distance from 1 (ours, measured)."""
    voice_shrinkage: Factor = within(0.01, 10, default=0.3)
    """Share of an even spread added to a voice's measured one, as few windows tell it badly
    (ours, measured: 0.1 to 1 give the same)."""
    voice_weight: Factor = within(0, 10, default=0.4)
    """Weight of what a voice explains of the sound, in squared standard deviations (ours)."""
    local_weight: Factor = within(0, 10, default=0.5)
    """Weight of the segmentation's own speakers, as log scores, beside it (ours, measured)."""
    change_cost: Factor = within(0, 200, default=20.0)
    """Log score that a speaker who joins without need costs where the model hears no change
    (ours, measured)."""
    crosstalk_depth: Decibels = within(0, 60, default=8.0)
    """A track weaker than another by this, in dB, hears only the other (ours)."""
    silent_track: Seconds = within(0, 60, default=1.0)
    """Seconds of speech below which a track is called silent."""


@dataclass(frozen=True, config=STRICT)
class IdentificationSettings:
    """Identify: which voice is which member.  Similarities are cosines, in [-1, 1]."""

    similarity: Cosine = 0.50
    """A voice is a member's from this similarity to their profile on (ours, measured)."""
    margin: CosineDistance = 0.10
    """It must be closer than any other member's by this (ours, measured)."""
    same_person: Cosine = 0.55
    """A second label of one person must be at least this close to their profile (ours)."""
    joint_overlap: Share = 0.1
    """Share of a label's speech that may overlap the person's other labels (ours)."""
    same_voice: Cosine = 0.55
    """Two labels in an enrolment clip are one voice from this similarity on (ours)."""
    least_speech: Seconds = within(0, 120, default=3.0)
    """Seconds below which a voice is nobody in particular (ours)."""
    sure_speech: Seconds = within(0, 600, default=15.0)
    """Seconds from which a label counts fully where two compete for a name (ours)."""
    enrolment_speech: Seconds = within(1, 120, default=5.0)
    """Seconds of speech that an enrolment needs."""
    second_voice: Seconds = within(0.5, 60, default=2.0)
    """Seconds of another voice from which an enrolment clip is refused (ours)."""


@dataclass(frozen=True, config=STRICT)
class TranscriptionSettings:
    """Transcribe: words with times.  What has no source was tuned on simulated sessions."""

    model: str = ""
    """Weights by their name in the registry; empty takes the profile's own."""
    beam_size: Count = within(1, 20, default=5)
    """Hypotheses kept while decoding (Whisper's own; greedy is a fifth faster and less exact)."""
    batch_size: Count = within(0, 64, default=0)
    """Chunks decoded together; 0 takes 1 on a CPU, where more only takes memory, and 16 on CUDA."""
    chunk: Seconds = within(5, 30, default=28.0)
    """Most seconds of sound in one chunk; the model always reads 30."""
    keep_silence: Seconds = within(0, 30, default=1.0)
    """Seconds of silence up to which it is read; longer ones are left out."""
    vad_threshold: Probability = 0.5
    """Probability of speech from which it counts (Silero's default)."""
    vad_silence: Seconds = within(0.05, 5, default=0.16)
    """Seconds of silence that end a stretch of speech."""
    vad_speech: Seconds = within(0, 5, default=0.1)
    """Shortest stretch of speech, seconds."""
    vad_pad: Seconds = within(0, 5, default=0.3)
    """Seconds kept around speech for the model to hear."""
    vad_slack: Seconds = within(0, 5, default=0.2)
    """Seconds that a word may reach beyond voice activity."""
    no_speech: Probability = 0.6
    """A chunk with at least this probability of no speech is dropped (Whisper's own) ..."""
    low_logprob: LogProbability = within(-20, 0, default=-1.0)
    """... if its tokens are on average less likely than this (Whisper's own)."""
    least_probability: Probability = 0.0
    """Words less probable than this are dropped."""
    missed_speech: Seconds = within(0.5, 60, default=1.5)
    """Seconds of speech without a word from which it is heard once more, by itself."""
    other_language: Probability = 0.9
    """Probability from which a chunk may be in a language that the group does not name; such
    stretches are marked and not transcribed, and 1 marks none (ours)."""
