"""Who does not consent is left out, by purpose; a voice on nobody's list consented to nothing."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from flow_cases import Fakes, rows, stages
from test_flow_consent import report
from test_identify import DAY, P01, P02, P03, STRANGER, labelled, person, profile

from session_audio.cli import main
from session_audio.errors import ConsentError
from session_audio.flow import results
from session_audio.flow.artefacts import FLAGS, SPEECH, WORDS
from session_audio.flow.session import open_run
from session_audio.flow.stages import first_stale
from session_audio.schema import (
    UNATTRIBUTED,
    Admission,
    Group,
    Identification,
    ParticipantId,
    Session,
    Word,
)
from session_audio.settings import IdentificationSettings
from session_audio.speakers import identify
from session_audio.speakers.withholding import Withheld, kept_words, withheld
from session_audio.testing import fakes
from session_audio.workspace import consent

pytestmark = pytest.mark.timeout(300)
SPANS = {"S01": (P01, [(0.0, 20.0)]), "S02": (P02, [(20.0, 40.0)])}
GUEST = {"S03": (STRANGER, [(40.0, 60.0)])}
SHORT = {"S05": (STRANGER, [(70.0, 71.0)])}  # too short to be told
FOUR = {"S04": (STRANGER, [(60.0, 64.0)])}


def found(voices: dict, enrolled: str = "", **left: object) -> dict[str, str]:
    """The voices that are withheld, and what of them; profiles of `enrolled` are there."""
    people = tuple(person(x, "voiceprint") for x in ("P01", "P02", "P03"))
    group = Group("g", "G", Path(), people)
    session = Session("s", Path("s"), group, DAY, 1, tuple(p.id for p in people))
    given = [profile(who, x) for who, x in (("P01", P01), ("P02", P02), ("P03", P03))]
    given = [p for p in given if p.participant in enrolled]
    diarization = labelled(**voices)
    who = identify.identify(diarization, session, given, IdentificationSettings(), "m")
    admission = Admission(DAY, (), (), **left)  # type: ignore[arg-type]
    made = withheld(session, admission, diarization, who, {p.participant for p in given})
    return {x.voice: x.what for x in made}


@pytest.mark.parametrize(
    ("voices", "enrolled", "left", "wanted"),
    [
        (SPANS, "P01 P02 P03", {}, {}),
        (SPANS | GUEST, "P01 P02 P03", {}, {"S03": "all"}),  # like nobody
        (SPANS | GUEST, "P01 P02", {}, {}),  # P03, who is not enrolled, may speak there
        (SPANS | GUEST | FOUR, "P01 P02", {}, {"S03": "all", "S04": "all"}),
        (SPANS | GUEST, "", {}, {}),  # nobody is enrolled: three voices, three people
        (SPANS | GUEST | FOUR, "", {}, {"S04": "all"}),  # the one that speaks least
        (SPANS, "P01 P02", {"left_out": ("P02",)}, {"S02": "all", "P02": "all"}),
        (SPANS, "P01 P02", {"without_words": ("P02",)}, {"S02": "words", "P02": "words"}),
        (SPANS | GUEST, "P01 P02", {"left_out": ("P03",)}, {"S03": "all", "P03": "all"}),
        (
            SPANS | SHORT,
            "P01 P02",
            {"left_out": ("P02",)},
            dict.fromkeys(("S02", "S05", "P02"), "all"),
        ),
        (SPANS | SHORT, "P01 P02", {}, {}),
    ],
)
def test_which_voices_are_withheld(voices: dict, enrolled: str, left: dict, wanted: dict) -> None:
    assert found(voices, enrolled, **left) == wanted


def test_a_strangers_voice_that_a_reviewer_calls_nobodys_stays_withheld() -> None:
    group = Group("g", "G", Path(), (person("P01"), person("P02")))
    session = Session("s", Path("s"), group, DAY, 1, tuple(p.id for p in group.participants))
    whose = {"S01": "P01", "S02": "P02", "S03": UNATTRIBUTED}
    who = [Identification(x, ParticipantId(p), None, None, "given") for x, p in whose.items()]
    voices = labelled(**SPANS, **GUEST)
    made = withheld(session, Admission(DAY, (), ()), voices, who, ())
    assert [(x.voice, x.participant) for x in made] == [("S03", None)]


def test_nobody_can_be_left_out_where_no_voice_is_told() -> None:
    with pytest.raises(ConsentError, match="P02 is to be left out, and no voice is told"):
        found(SPANS, left_out=("P02",))


def test_words_that_nobody_is_known_to_have_said_cannot_be_told_apart() -> None:
    gone = [Withheld("P02", "P02", "all")]  # type: ignore[arg-type]
    with pytest.raises(ConsentError, match="not known who said which"):
        kept_words([Word(0, 1, "hm")], gone, labelled())
    named = [Word(0, 1, "hm", "P02"), Word(1, 2, "yes", "P01")]
    assert [w.text for w in kept_words(named, gone, labelled())] == ["yes"]


# --- the whole flow -----------------------------------------------------------------

OWN = (b"useless", b"honest")
"""Words that P01 alone says in `flow_cases.SPOKEN`, and that no report uses."""
PURPOSES = ("transcription", "analysis", "moments", "member_report", "leaving", "research")


def withdraw(group: Path, who: str, *purposes: str) -> None:
    """Withdraw consents of one participant in the roster."""
    roster = group / "group.toml"
    head, tail = roster.read_text().split(f'id = "{who}"')
    own, mark, rest = tail.partition("[[participant]]")
    for purpose in purposes:
        lines = [x for x in own.split("\n") if not x.startswith(f"{purpose} =")]
        own = "\n".join(lines).rstrip()
        own += f"\n{purpose} = {{ given = 2026-02-01, withdrawn = 2026-03-05 }}\n\n"
    roster.write_text(f'{head}id = "{who}"{own}{mark}{rest}')


def policy(group: Path, **settings: object) -> None:
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in settings.items())
    (group / "settings.toml").write_text(f"[consent]\n{lines}\n")


def holds(folder: Path, words: tuple[bytes, ...] = OWN) -> list[str]:
    """Files below `folder` that hold one of `words`."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    return [p.name for p in files if any(word in p.read_bytes() for word in words)]


@pytest.fixture(autouse=True)
def heard(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Sound, labels and words are made once: what a stage made is kept by content."""
    if "engines" not in request.fixturenames:
        return
    session, kept = request.getfixturevalue("session"), tmp_path_factory.getbasetemp() / "heard"
    request.getfixturevalue("engines")
    if not kept.is_dir():
        stages(session, "transcribe")
        shutil.copytree(session, kept)
    shutil.copytree(kept, session, dirs_exist_ok=True)


IN_THE_FLOW = ("transcription", "analysis", "moments")


def subsets(purposes: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [c for n in range(len(purposes) + 1) for c in itertools.combinations(purposes, n)]


@pytest.mark.parametrize("gone", subsets(IN_THE_FLOW), ids=lambda c: "+".join(c) or "none")
def test_each_purpose_switches_off_the_stages_it_covers_and_nothing_else(
    session: Path, engines: Fakes, gone: tuple[str, ...]
) -> None:
    engines.classifier = fakes.FakeClassifier({"useless": "confrontation", "rather": "withdrawal"})
    policy(session.parent, missing="mask")
    withdraw(session.parent, "P01", *gone)
    made = stages(session, "flag")
    words, analysis = "transcription" not in gone, "analysis" not in gone
    read = {w.text for w in WORDS.read(made.store)}
    assert ("useless" in read) == (words and analysis)
    assert bool(holds(session / "out")) == (words and analysis)
    assert "rather" in read
    spoke = {s.speaker for s in SPEECH.read(made.store).full}
    assert spoke == ({"T01", "P01", "P02"} if analysis else {"T01", "unattributed", "P02"})
    assert ("P01" in {p.id for p in results.session_as_identified(made).present}) == analysis
    moments = "moments" not in gone or not analysis  # who is left out is asked nothing more
    flags = FLAGS.read(made.store)
    assert bool(flags) == moments  # what P02 said is one either way
    assert "useless" not in str(flags) or (words and analysis)


def test_each_purpose_switches_off_the_outputs_it_covers_and_nothing_else(session: Path) -> None:
    """All 64 ways in which one person may have withdrawn."""
    policy(session.parent, missing="mask")
    before = (session.parent / "group.toml").read_text()
    for gone in subsets(PURPOSES):
        (session.parent / "group.toml").write_text(before)
        withdraw(session.parent, "P01", *gone)
        made = open_run(session)
        analysis = "analysis" not in gone
        assert made.admitted.admission.left_out == (() if analysis else ("P01",))
        off = ("moments",) if analysis and "moments" in gone else ()
        assert made.admitted.admission.off == off
        wanted = {purpose for purpose in ("leaving", "research") if analysis and purpose in gone}
        wanted |= {"member_report"} if "member_report" in gone or not analysis else set()
        refused = set()
        for purpose, of in (("member_report", "P01"), ("leaving", None), ("research", None)):
            try:
                consent.refuse_apart(made.admitted, purpose, made.settings.consent, "test", of=of)
            except ConsentError as error:
                assert "P01" in str(error)
                refused.add(purpose)
        assert refused == wanted, gone


@pytest.mark.parametrize("kept", ["seconds", "nothing"])
def test_the_policy_says_what_is_left_of_somebodys_speech(
    session: Path, engines: Fakes, kept: str
) -> None:
    stages(session)
    assert holds(session / "out") != []
    policy(session.parent, missing="mask", masked_speech=kept)
    withdraw(session.parent, "P01", "analysis")
    stages(session)
    assert holds(session / "out") == []
    members = {row["participant"] for row in rows(session / "out" / "members.csv")}
    assert members == {"T01", "P02"}
    turns = {row["participant"] for row in rows(session / "out" / "turns.csv")}
    assert turns == {"T01", "P02"} | ({"unattributed"} if kept == "seconds" else set())
    text = report(session)
    said = "People present who did not consent to the analysis: 1."
    assert text.index(said) < text.index("people present")  # the first thing it says
    facts = json.loads((session / "out" / "provenance.json").read_text())["consent"]
    assert facts["left_out"] == ["P01"]
    assert facts["people"] == ["T01", "P02"]
    assert first_stale(open_run(session)) is None
    stages(session)  # and what was cut does not look like a correction
    assert not (session / "review.json").exists()


def test_words_that_were_cut_are_heard_anew_once_they_may_be(session: Path, engines: Fakes) -> None:
    policy(session.parent, missing="mask")
    before = (session.parent / "group.toml").read_text()
    withdraw(session.parent, "P01", "transcription")
    stages(session, "identify")
    assert holds(session / "out") == []
    (session.parent / "group.toml").write_text(before)
    before_calls = engines.transcriber.calls
    made = stages(session, "identify")
    assert {"useless", "honest"} <= {w.text for w in WORDS.read(made.store)}
    assert engines.transcriber.calls == before_calls + 1


def test_corrected_words_of_somebody_left_out_are_not_kept(session: Path, engines: Fakes) -> None:
    stages(session, "identify")
    words = session / "out" / "work" / "words.seglst.json"
    words.write_text(words.read_text().replace("useless", "worthless"))
    stages(session, "identify")
    assert holds(session, (b"worthless",)) != []
    policy(session.parent, missing="mask")
    withdraw(session.parent, "P01", "transcription")
    stages(session, "identify")
    assert holds(session, (b"worthless", *OWN)) == []


def test_what_somebody_left_out_wrote_and_answered_is_left_out(session: Path) -> None:
    manifest = session / "session.toml"
    own = '[[chat]]\nparticipant = "P01"\ntext = "clafoutis"\n'
    own += '[[rating]]\nparticipant = "P01"\ninstrument = "GSRS"\nitems = { a = 3.5 }\n'
    manifest.write_text(manifest.read_text() + own)
    policy(session.parent, missing="mask")
    withdraw(session.parent, "P01", "transcription")
    opened = open_run(session).session
    assert (opened.chat, len(opened.ratings)) == ((), 1)
    withdraw(session.parent, "P01", "analysis")
    opened = open_run(session).session
    assert (opened.chat, opened.ratings) == ((), ())


def test_check_says_who_will_be_left_out(session: Path) -> None:
    policy(session.parent, missing="mask")
    withdraw(session.parent, "P01", "transcription")
    withdraw(session.parent, "P02", "analysis")
    done = CliRunner().invoke(main, ["check", str(session)])
    assert done.exit_code == 0, done.output
    told = " ".join(done.output.split())
    assert "P02 is left out, for want of consent, the words of P01 are left out" in told


def test_a_recording_cannot_be_masked_and_not_everybody_can_be(session: Path) -> None:
    policy(session.parent, missing="mask")
    withdraw(session.parent, "P01", "recording")
    with pytest.raises(ConsentError, match="P01: recording withdrawn"):
        open_run(session)
    for who in ("T01", "P01", "P02"):
        withdraw(session.parent, who, "analysis")
    with pytest.raises(ConsentError, match="recording withdrawn"):
        open_run(session)


def test_a_voice_on_nobodys_list_is_masked_and_told_first(session: Path, engines: Fakes) -> None:
    manifest = session / "session.toml"
    text = manifest.read_text()
    manifest.write_text(text.replace('S03 = "P02"\n', "").replace(', "P02"]', "]"))
    (session.parent / "settings.toml").write_text("[identification]\nleast_speech = 1.0\n")
    stages(session)
    assert holds(session / "out" / "work", (b"rather", b"went")) == []
    assert "rather well" not in report(session)
    assert holds(session / "out", (b"rather",)) in ([], ["report.html"])
    assert holds(session / "out") != []
    said = report(session)
    assert said.index("nobody's on the list, or may be: 1.") < said.index("people present")
    sound = session / "out" / "sound.m4a"
    assert loudness(sound, 11.0, 13.0) < 0.02 * loudness(sound, 4.0, 6.0)
    manifest.write_text(text)  # a person says whose voice it is
    stages(session)
    assert holds(session / "out" / "work", (b"rather",)) != []
    assert "rather well" in report(session)
    assert "nobody's on the list" not in report(session)
    assert loudness(sound, 11.0, 13.0) > 0.3 * loudness(sound, 4.0, 6.0)


def loudness(path: Path, start: float, end: float) -> float:
    """Root mean square of a stretch of a compressed recording."""
    import av

    with av.open(str(path)) as source:
        frames = [f.to_ndarray()[0] for f in source.decode(audio=0)]
    samples = np.concatenate(frames)[int(start * 16_000) : int(end * 16_000)]
    return float(np.sqrt(np.mean(samples**2)))


def test_unnamed_voices_of_a_group_without_profiles_stay_as_they_are(
    session: Path, engines: Fakes
) -> None:
    manifest = session / "session.toml"
    manifest.write_text(manifest.read_text().split("[speakers]")[0])
    made = stages(session, "identify")
    spoke = {s.speaker for s in SPEECH.read(made.store).full}
    assert spoke == {"S01", "S02", "unattributed"}  # the third speaks too little to be told
    assert {"useless", "rather"} <= {w.text for w in WORDS.read(made.store)}


@pytest.mark.parametrize(
    ("purpose", "typed"),
    [
        ("member_report", ["report", "{group}", "--member", "P01"]),
        ("leaving", ["report", "{session}", "--to", "{elsewhere}"]),
        ("leaving", ["report", "{group}", "--to", "{elsewhere}"]),
    ],
)
@pytest.mark.parametrize("asked", [True, False], ids=["withdrawn", "never asked"])
def test_a_report_needs_consent_to_what_it_is_for(
    session: Path, engines: Fakes, purpose: str, typed: list[str], asked: bool
) -> None:
    stages(session)
    paths = {"group": session.parent, "session": session, "elsewhere": session.parent.parent / "x"}
    words = [word.format(**paths) for word in typed]
    assert CliRunner().invoke(main, words).exit_code == 0
    if asked:
        withdraw(session.parent, "P01", purpose)
    else:  # the policy asks for a consent of its own
        policy(session.parent, each_purpose=True)
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 3, done.output
    assert f"P01: {purpose} {'withdrawn on 2026-03-05' if asked else 'not given'}" in done.output
