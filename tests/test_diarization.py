"""The diarizer's own steps, on made-up activity and made-up voices."""

from itertools import combinations, pairwise, product

import numpy as np
import pytest

from session_audio.backends.diarization.clustering import cluster_speakers
from session_audio.backends.diarization.diarizer import DiarizerOutputs, decide
from session_audio.backends.diarization.likelihood import STEP, SpeakerLikelihood
from session_audio.backends.diarization.local_activity import (
    FRAMES,
    RATE,
    LocalActivity,
    frame_energy,
)
from session_audio.backends.diarization.local_mapping import mapping_probabilities
from session_audio.backends.diarization.resegmentation import best_sets, viterbi
from session_audio.backends.diarization.speech_activity import (
    drop_short,
    fill_gaps,
    loud_enough,
    runs,
    speech_activity,
)
from session_audio.backends.diarization.tracks import Track, combine
from session_audio.backends.diarization.windows import EmbeddingWindows, SingleSpeakerWindows
from session_audio.interval import total
from session_audio.ports import SpeakerCount
from session_audio.schema import Audio, Notice, ParticipantId, Recording
from session_audio.settings import DiarizationSettings, Settings
from session_audio.sound.ingest import ingest, load_audio

SETTINGS = DiarizationSettings()


def meeting(turns, seconds, voices, seed=0, noise=0.25):
    """What perfect models would say of `turns` (start, end, voice): local speakers, windows.

    Local speakers are numbered anew, at random, in each chunk.
    """
    rng = np.random.default_rng(seed)
    frames, length, hop = seconds * FRAMES, 5 * FRAMES, round(2.5 * FRAMES)
    truth = np.zeros((frames + length, voices), bool)
    for start, end, who in turns:
        truth[round(start * FRAMES) : round(end * FRAMES), who] = True
    starts = np.arange(max(1, (frames - length) // hop + 1)) * hop
    scores = np.zeros((len(starts), length, 3), np.float16)
    for c, start in enumerate(starts):
        here = np.flatnonzero(truth[start : start + length].any(axis=0))
        for k, who in zip(rng.permutation(3), here[:3], strict=False):
            scores[c, :, k] = 0.95 * truth[start : start + length, who]
    local = LocalActivity(scores, starts.astype(np.int64), frames)
    centres = rng.normal(size=(voices, 64))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    windows = np.zeros((frames // 40 + 1, 64), np.float16)
    for j in range(len(windows)):
        around = truth[max(0, j * 40 - 60) : j * 40 + 60].mean(axis=0)
        if around.sum() > 0.3:
            mixed = around @ centres / around.sum() + rng.normal(size=64) * noise / 8
            windows[j] = mixed / np.linalg.norm(mixed)
    energy = np.where(truth[:frames].any(axis=1), 1.0, 1e-4).astype(np.float32)
    return local, energy, EmbeddingWindows(windows, 40, 120), truth[:frames]


def round_robin(seconds, voices, turn=4.0, pause=0.5):
    at, out, k = 0.5, [], 0
    while at + turn < seconds:
        out.append((at, at + turn, k % voices))
        at, k = at + turn + pause, k + 1
    return out


def run(turns, seconds, voices, speakers=None, **options):
    local, energy, windows, truth = meeting(turns, seconds, voices, **options)
    speech = speech_activity(local, energy, SETTINGS)
    return decide(
        DiarizerOutputs(local, speech, windows, windows), speakers or SpeakerCount(), SETTINGS
    ), truth


@pytest.mark.parametrize("voices", [1, 3, 6])
def test_as_many_voices_are_found_as_speak(voices):
    diarization, truth = run(round_robin(240, voices), 240, voices)
    assert len(diarization.speakers) == voices
    tracks = total(s.interval for s in diarization.full)
    assert tracks == pytest.approx(truth.any(axis=1).sum() / FRAMES, rel=0.05)


def test_labels_follow_the_order_of_first_speech_and_carry_unit_embeddings():
    diarization, _ = run(round_robin(240, 4), 240, 4)
    assert diarization.speakers == ("S01", "S02", "S03", "S04")
    assert set(diarization.embeddings) == set(diarization.speakers)
    for vector in diarization.embeddings.values():
        assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-4)


def test_each_turn_is_one_persons_throughout():
    turns = round_robin(240, 3)
    diarization, _ = run(turns, 240, 3)
    names = {}
    for start, end, who in turns:
        middle = (start + end) / 2
        (label,) = {s.speaker for s in diarization.exclusive if s.start <= middle < s.end}
        names.setdefault(who, set()).add(label)
    assert all(len(x) == 1 for x in names.values())
    assert len(set.union(*names.values())) == 3


def test_overlap_is_in_the_full_diarization_only():
    turns = [*round_robin(240, 3), (9.5, 11.5, 0), (50.5, 52.5, 1)]
    diarization, truth = run(turns, 240, 3)
    ordered = sorted(diarization.exclusive)
    assert all(a.end <= b.start for a, b in pairwise(ordered))
    doubled = sum(s.end - s.start for s in diarization.full) - total(
        s.interval for s in diarization.full
    )
    assert doubled == pytest.approx((truth.sum(axis=1) > 1).sum() / FRAMES, abs=1.5)


def test_a_known_count_is_kept_to_and_the_list_is_what_is_expected():
    turns = round_robin(240, 4)
    assert len(run(turns, 240, 4, SpeakerCount(exact=3))[0].speakers) == 3
    assert len(run(turns, 240, 4, SpeakerCount(exact=5))[0].speakers) == 5
    assert len(run(turns, 240, 4, SpeakerCount(at_most=2))[0].speakers) == 2
    diarization, _ = run(turns, 240, 4, SpeakerCount(expected=6))
    assert len(diarization.speakers) == 4
    assert Notice("count_below_attendance", "4", "6") in diarization.warnings


def test_somebody_who_is_not_on_the_list_stays_a_voice_of_their_own():
    turns = round_robin(240, 4)
    more, _ = run(turns, 240, 4, SpeakerCount(expected=3))
    free, _ = run(turns, 240, 4)
    assert more.full == free.full
    assert len(more.speakers) == 4
    assert Notice("more_voices", "4", "3") in more.warnings


def test_a_few_seconds_beyond_the_list_are_nobody_new():
    turns = [*round_robin(240, 3), (240.5, 244.5, 3)]
    heard, _ = run(turns, 246, 4, SpeakerCount(expected=4))
    assert len(heard.speakers) == 4
    joined, _ = run(turns, 246, 4, SpeakerCount(expected=3))
    assert len(joined.speakers) == 3
    assert Notice("voices_joined", "4", "3") in joined.warnings


def test_a_short_clip_of_one_voice_stays_one_voice():
    diarization, _ = run([(0.5, 9.0, 0), (10.0, 18.0, 0), (19.0, 28.0, 0)], 30, 1, noise=0.6)
    assert diarization.speakers == ("S01",)
    assert any(w.key == "few_speech" for w in diarization.warnings)


def test_silence_and_a_few_tenths_of_speech_are_no_crash():
    local, energy, _, _ = meeting([], 30, 1)
    assert not speech_activity(local, energy, SETTINGS).any.any()
    diarization, _ = run([(3.0, 3.4, 0)], 30, 1)
    assert len(diarization.speakers) == 1
    assert diarization.embeddings == {}


def test_the_same_input_gives_the_same_result():
    turns = round_robin(240, 5)
    assert run(turns, 240, 5, seed=4)[0] == run(turns, 240, 5, seed=4)[0]


def test_no_pure_window_gives_no_voice():
    none = np.zeros(0, np.int64)
    windows = SingleSpeakerWindows(np.zeros((0, 8), np.float32), none, np.zeros(0, np.float32))
    assert len(cluster_speakers(windows, 0.4, SpeakerCount(), SETTINGS).centroids) == 0


def test_pauses_are_cut_where_the_level_falls_to_the_rooms_noise():
    energy = np.full(6000, 1e-4, np.float32)
    energy[1000:2000] = energy[2600:4000] = 1.0
    loud = loud_enough(energy, 0.15)
    assert loud[1100:1900].all()
    assert not loud[2100:2500].any()
    assert loud_enough(np.zeros(0, np.float32), 0.15).size == 0


def test_runs_gaps_and_blips():
    flags = np.array([0, 1, 1, 0, 1, 0, 0, 0, 1], bool)
    assert [x.tolist() for x in runs(flags)] == [[1, 4, 8], [3, 5, 9]]
    assert fill_gaps(flags, 2).astype(int).tolist() == [0, 1, 1, 1, 1, 0, 0, 0, 1]
    assert drop_short(flags, 2).astype(int).tolist() == [0, 1, 1, 0, 0, 0, 0, 0, 0]
    assert runs(np.zeros(3, bool))[0].size == 0


def test_the_search_is_the_best_of_all_paths():
    rng = np.random.default_rng(1)
    scores, cost = rng.normal(size=(6, 3)), rng.uniform(0, 1, 6)

    def value(path):
        changes = sum(cost[t] for t in range(1, 6) if path[t] != path[t - 1])
        return sum(scores[t, k] for t, k in enumerate(path)) - changes

    every = [tuple((i // 3**t) % 3 for t in range(6)) for i in range(3**6)]
    assert value(viterbi(scores, cost)) == pytest.approx(max(value(p) for p in every))


def test_the_best_sets_are_the_best_of_all_sequences():
    rng = np.random.default_rng(2)
    double = np.array([False, True, True, False, False, True])
    pairs = np.array(list(combinations(range(3), 2)))
    one, two = rng.normal(size=(6, 3)), rng.normal(size=(3, 3))
    cost = rng.uniform(0, 2, 6)
    row = np.cumsum(double) - 1

    def people(t, state):
        return set(pairs[state]) if double[t] else {state}

    def value(path):
        fit = sum(two[row[t], s] if double[t] else one[t, s] for t, s in enumerate(path))
        for t in range(1, 6):
            before, after = people(t - 1, path[t - 1]), people(t, path[t])
            # With fewer than before somebody leaves anyway; nobody need join.
            needed = max(0, len(after) - len(before))
            fit -= cost[t] * (len(after - before) - needed)
        return fit

    best = max(value(path) for path in product(range(3), repeat=6))
    assert value(best_sets(one, two, double, pairs, cost).tolist()) == pytest.approx(best)


def mixtures(shares):
    """Evidence of embeddings that are `shares` (steps, voices) of orthogonal voices."""
    size = 10.0
    return SpeakerLikelihood(
        (np.asarray(shares, np.float32) * size**2), size**2 * np.eye(3, dtype=np.float32)
    )


def test_two_voices_explain_what_neither_does_alone():
    likelihood = mixtures([[0.6, 0.0, 0.4], [1.0, 0.0, 0.0]])
    both = likelihood.log_likelihood_pair(np.arange(2))
    assert both[0].max() == both[0, 0, 2] > likelihood.log_likelihood_single(np.arange(2))[0].max()
    # A second voice takes nothing away, and adds nothing where there is none.
    assert both[1, 0] == pytest.approx(likelihood.log_likelihood_single(np.arange(2))[1, 0])
    assert np.allclose(both, both.transpose(0, 2, 1))


def test_three_seconds_of_a_distinct_voice_are_a_person_and_of_a_like_one_are_not():
    rng = np.random.default_rng(3)
    base = np.linalg.qr(rng.normal(size=(64, 3)))[0].T
    for alike, expected in ((0.1, 3), (0.45, 2)):
        third = alike * base[0] + np.sqrt(1 - alike**2) * base[2]
        rows = np.repeat([*base[:2], third], [150, 150, 8], axis=0)
        rows = rows + rng.normal(size=rows.shape) * 0.02
        window = np.arange(len(rows)) * 2
        windows = SingleSpeakerWindows(
            rows.astype(np.float32), window, np.ones(len(rows), np.float32)
        )
        diarization = cluster_speakers(windows, 0.4, SpeakerCount(), SETTINGS)
        assert len(diarization.centroids) == expected


def test_who_is_heard_only_under_another_is_named_by_what_is_left():
    steps = 250
    scores = np.zeros((steps * STEP, 3), np.float32)
    scores[:, 0] = 0.9
    scores[400:600, 1] = 0.9
    shares = np.tile([1.0, 0.0, 0.0], (steps, 1))
    shares[100:150] = [0.7, 0.0, 0.3]
    names = mapping_probabilities(scores, np.ones(len(scores), bool), 0, mixtures(shares))
    assert names[0, 0] > 0.9
    assert names[1, 2] > 0.6
    assert not names[2].any()
    # Nothing told of the second's voice: anybody but the first.
    unsure = mixtures(np.tile([1.0, 0.0, 0.0], (steps, 1)))
    names = mapping_probabilities(scores, np.ones(len(scores), bool), 0, unsure)
    assert names[1] == pytest.approx([0.0, 0.5, 0.5], abs=0.01)


def test_an_interruption_of_somebody_is_by_who_goes_on():
    turns = [*round_robin(240, 3), (7.5, 9.5, 2)]
    diarization, _ = run(turns, 240, 3)
    before, at, then = (
        {s.speaker for s in diarization.full if s.start <= t < s.end} for t in (6.0, 8.5, 11.0)
    )
    assert len(before) == len(then) == 1
    assert at == before | then


# --- a track a person ------------------------------------------------------------


def track(who, own, bleed=(), seconds=60, offset=0.0, loud=1.0):
    n = seconds * FRAMES
    speech, energy = np.zeros(n, np.float32), np.full(n, 1e-6, np.float32)
    for spans, power in ((bleed, 0.003), (own, 1.0)):
        for start, end in spans:
            speech[round(start * FRAMES) : round(end * FRAMES)] = 0.9
            energy[round(start * FRAMES) : round(end * FRAMES)] = power
    return Track(who, offset, speech, energy * loud)


def spoken(diarization, who):
    return [(round(s.start), round(s.end)) for s in diarization.full if s.speaker == who]


def test_crosstalk_between_microphones_is_suppressed():
    a = track("P01", [(5, 10), (20, 25)], bleed=[(12, 18)])
    b = track("P02", [(12, 18), (30, 40)], bleed=[(5, 10), (20, 25)])
    diarization = combine([a, b], SETTINGS)
    assert spoken(diarization, "P01") == [(5, 10), (20, 25)]
    assert spoken(diarization, "P02") == [(12, 18), (30, 40)]
    assert diarization.warnings == ()
    assert diarization.embeddings == {}


def test_overlap_on_two_tracks_is_kept_in_full_and_split_in_exclusive():
    a, b = track("P01", [(5, 15)]), track("P02", [(12, 25)])
    diarization = combine([a, b], SETTINGS)
    assert spoken(diarization, "P01") == [(5, 15)]
    assert spoken(diarization, "P02") == [(12, 25)]
    ordered = sorted(diarization.exclusive)
    assert all(x.end <= y.start for x, y in pairwise(ordered))
    assert total(s.interval for s in ordered) == pytest.approx(20, abs=0.2)


def test_a_silent_track_is_warned_of_even_when_it_hears_the_others_loudly():
    a = track("P01", [(5, 10), (20, 25)])
    silent = track("P02", [], bleed=[(5, 10), (20, 25)], loud=300.0)
    diarization = combine([a, silent, track("P03", [])], SETTINGS)
    assert set(diarization.speakers) == {"P01"}
    assert diarization.warnings == (Notice("silent_track", "P02"), Notice("silent_track", "P03"))


def test_offsets_and_lengths_may_differ():
    a = track("P01", [(5, 10)], seconds=30)
    late = track("P02", [(5, 10)], seconds=60, offset=100.0)
    early = track("P03", [(5, 10)], offset=-2.0)
    diarization = combine([a, late, early], SETTINGS)
    assert spoken(diarization, "P01") == [(5, 10)] or spoken(diarization, "P03") == [(3, 8)]
    assert spoken(diarization, "P02") == [(105, 110)]


def test_tracks_of_different_sample_rates_and_lengths_come_to_one_clock(tmp_path):
    import soundfile as sf

    rng = np.random.default_rng(5)
    given = {  # rate, seconds, offset, spans of speech on the track's own clock
        "P01": (8000, 30, 0.0, [(5, 9)]),
        "P02": (44_100, 22, 10.0, [(2, 7)]),
        "P03": (48_000, 17, -4.0, [(8, 12)]),
    }
    recordings = []
    for who, (rate, seconds, offset, spans) in given.items():
        sound = rng.normal(size=rate * seconds) * 1e-4
        for a, b in spans:
            sound[a * rate : b * rate] += rng.normal(size=(b - a) * rate) * 0.1
        sf.write(tmp_path / f"{who}.wav", sound, rate)
        recordings.append(Recording(tmp_path / f"{who}.wav", ParticipantId(who), offset=offset))
    out = [tmp_path / f"{who}.npy" for who in given]
    ingest(recordings, out, Settings().sound)
    tracks = []
    for recording, file in zip(recordings, out, strict=True):
        audio = load_audio(file)
        assert audio.rate == RATE
        assert audio.duration == pytest.approx(given[recording.participant][1], abs=0.01)
        energy = frame_energy(audio, round(audio.duration * FRAMES))
        # In place of the model: it hears speech where the level is well up.
        speech = (energy > 0.05 * energy.max()).astype(np.float32)
        tracks.append(Track(str(recording.participant), recording.offset, speech, energy))
    diarization = combine(tracks, SETTINGS)
    assert spoken(diarization, "P01") == [(5, 9)]
    assert spoken(diarization, "P02") == [(12, 17)]
    assert spoken(diarization, "P03") == [(4, 8)]
    assert diarization.warnings == ()


def test_no_tracks_and_empty_tracks():
    assert combine([], SETTINGS).full == ()
    nothing = Track("P01", 0.0, np.zeros(0, np.float32), np.zeros(0, np.float32))
    assert combine([nothing], SETTINGS).warnings == (Notice("silent_track", "P01"),)


# --- with the real models ----------------------------------------------------------


@pytest.mark.models
def test_the_real_models_run_on_noise_tones_and_silence():
    from session_audio.backends.load import load_diarizer
    from session_audio.errors import AudioError

    diarizer = load_diarizer(Settings(), 1)
    assert diarizer.revision
    silence = Audio(np.zeros(16_000 * 8, np.int16), 16_000)
    assert diarizer.diarize(silence, SpeakerCount()).full == ()
    short = Audio(np.zeros(400, np.int16), 16_000)
    assert diarizer.diarize(short, SpeakerCount()).full == ()
    noise = np.random.default_rng(0).normal(size=16_000 * 12) * 3000
    diarization = diarizer.diarize(Audio(noise.astype(np.int16), 16_000), SpeakerCount())
    assert len(diarization.speakers) <= 1
    with pytest.raises(AudioError, match="8000 Hz"):
        diarizer.diarize(Audio(np.zeros(8000, np.int16), 8000), SpeakerCount())


@pytest.mark.models
def test_the_plain_pipeline_runs_behind_the_same_port():
    from session_audio.backends.load import load_plain

    plain = load_plain()
    silence = Audio(np.zeros(16_000 * 8, np.int16), 16_000)
    assert plain.diarize(silence, SpeakerCount(at_most=3)).full == ()
    assert plain.revision == "plain:bundled"
