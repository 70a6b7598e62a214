"""Corrections by hand, listed and taken back one by one."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from flow_cases import Fakes, stages

from session_audio.amend.in_files import (
    corrected_labels,
    corrected_words,
    label_changes,
    word_changes,
)
from session_audio.cli import main
from session_audio.flow import undoing
from session_audio.formats import rttm, seglst
from session_audio.schema import SpeakerSegment, Word


def listed(session: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["corrections", str(session), *words])
    return done.exit_code, done.output


def test_corrections_are_listed_and_taken_back_one_by_one(session: Path, engines: Fakes) -> None:
    stages(session)
    assert listed(session) == (0, "Nothing was corrected by hand.\n")
    work = session / "out" / "work"
    words, labels = work / "transcript.seglst.json", work / "labels.rttm"
    before = words.read_text()
    words.write_text(before.replace("useless", "useful").replace("marmalade", "jam"))
    labels.write_text(labels.read_text().replace("S02", "Anna"))
    manifest = session / "session.toml"
    manifest.write_text(manifest.read_text() + 'Anna = "P01"\n')
    stages(session)
    code, text = listed(session)
    assert code == 0
    said = sorted(line.split(maxsplit=1)[1] for line in text.splitlines())
    assert said == [
        '0:02 "marmalade" -> "jam"',
        '0:04 "useless" -> "useful"',
        "0:04 and 1 more speaker S02 -> Anna",
    ]
    number = next(line.split()[0] for line in text.splitlines() if "jam" in line)
    assert listed(session, "--undo", number)[0] == 0
    texts = [w.text for w in seglst.read(words)]
    assert "marmalade" in texts and "useful" in texts and "jam" not in texts
    assert len(json.loads((session / "review.json").read_text())["operations"]) == 2
    number = next(line.split()[0] for line in listed(session)[1].splitlines() if "Anna" in line)
    listed(session, "--undo", number)
    assert {s.speaker for s in rttm.read(labels)} == {"S01", "S02", "S03"}
    stages(session)
    assert "marmalade" in (session / "out" / "words.seglst.json").read_text()
    assert engines.calls == (1, 1)  # nothing was heard again
    assert len(listed(session)[1].splitlines()) == 1
    code, text = listed(session, "--undo", "7")
    assert code == 1 and "there is no correction 7; review.json has 1" in text


def test_one_that_did_not_fit_only_leaves_the_list(session_folder: Path) -> None:
    other = {"do": "event", "file": "x", "id": "a1", "by": "T01", "at": "2026-03-04"}
    gone = {"file": "labels.rttm", "do": "label", "from": "S", "to": "T", "spans": [[0, 1]]}
    kept = {"operations": [other, {**gone, "fits": False}], "undone": [1]}
    (session_folder / "review.json").write_text(json.dumps(kept))
    assert listed(session_folder)[1].splitlines() == [
        "   1  event of x (T01 2026-03-04)",
        "   2  0:00 speaker S -> T (does not fit)",
    ]
    assert listed(session_folder, "--undo", "2")[0] == 0
    assert json.loads((session_folder / "review.json").read_text()) == {
        "operations": [other],
        "undone": [1],
    }


def test_the_opposite_of_each_brings_back_what_was_there() -> None:
    made = [SpeakerSegment(0, 2, "A"), SpeakerSegment(3, 5, "B"), SpeakerSegment(8, 9, "B")]
    now = [SpeakerSegment(0, 2, "C"), SpeakerSegment(6, 7, "C"), SpeakerSegment(8, 9, "B")]
    found = label_changes(made, now)
    assert corrected_labels(now, [undoing._opposite(o) for o in reversed(found)]) == made
    words = [Word(0, 1, "a", "A"), Word(1, 2, "b", "A"), Word(2, 3, "c", "A")]
    changed = [Word(0, 1, "a", "B"), Word(1, 2, "x", "A"), Word(5, 6, "d", "A")]
    back = [undoing._opposite(o) for o in word_changes(words, changed)]
    assert corrected_words(changed, back) == words
