"""The sample group "thursday": what becomes of each session for want of a consent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flow_cases import Fakes, rows, stages
from test_withholding import holds

from session_audio.cli.running import _enroll_samples
from session_audio.errors import ConsentError
from session_audio.flow import results
from session_audio.flow.session import open_run
from session_audio.workspace import manifest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def group(samples: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(samples / "thursday", tmp_path / "thursday"))


def seconds(session: Path) -> dict[str, float]:
    """Speaking time of everybody in the table of members."""
    return {
        row["participant"]: float(row["speaking_time"])
        for row in rows(session / "out" / "members.csv")
    }


def offsets(session: Path) -> list[float]:
    """How long those waited who answered, in order."""
    answers = [row["response_offset"] for row in rows(session / "out" / "turns.csv")]
    return [float(x) for x in answers if x]


def test_everybody_consents(group: Path, engines: Fakes) -> None:
    made = stages(group / "2026-04-02")
    assert set(seconds(made.session.folder)) == {"T01", "P01", "P02"}
    assert "Not in this report" not in page(made.session.folder)


def test_whose_words_are_left_out_is_no_silent_member(group: Path, engines: Fakes) -> None:
    """By words alone it is known how long he spoke; when these are cut it stays known."""
    session = group / "2026-04-09"
    stages(session)
    assert not holds(session / "out", (b"marmalade", b"canteen"))
    assert seconds(session)["P03"] > 8
    assert max(offsets(session)) < 1  # where he spoke is no silence of the others
    again = seconds(session)
    (group / "settings.toml").write_text(
        '[consent]\nmissing = "mask"\n\n[turns]\nturn_split = 1.6\n'
    )
    stages(session)  # and in a later run, when they are long cut
    assert seconds(session)["P03"] == again["P03"]


@pytest.mark.parametrize("kept", ["seconds", "nothing"])
def test_where_somebody_spoke_who_is_left_out_is_no_silence(
    group: Path, engines: Fakes, kept: str
) -> None:
    session = group / "2026-04-16"
    with (group / "settings.toml").open("a") as file:
        file.write(f'masked_speech = "{kept}"\n')
    made = stages(session)
    assert not holds(session / "out", (b"pigeons", b"allotment"))
    assert set(seconds(session)) == {"T01", "P01", "P02"}
    turns = {row["participant"] for row in rows(session / "out" / "turns.csv")}
    assert ("unattributed" in turns) == (kept == "seconds")
    measured = results.result(made).measures
    assert not [s for s in measured.silences if s.kind == "lapse"]
    assert max(offsets(session)) < 2
    assert measured.group.unattributed_time == pytest.approx(9, abs=2) or kept == "nothing"


def test_words_made_elsewhere_come_back_with_consent(group: Path, engines: Fakes) -> None:
    session, roster = group / "2026-04-16", group / "group.toml"
    stages(session)
    before, after = roster.read_text().split('id = "P04"')
    given = "[participant.consent]\ntranscription = { given = 2026-04-01 }\n"
    after = after.replace(
        "[participant.consent]\n", given + "analysis = { given = 2026-04-01 }\n", 1
    )
    roster.write_text(f'{before}id = "P04"{after}')
    stages(session)
    assert holds(session / "out", (b"pigeons",))
    assert seconds(session)["P04"] > 8
    assert not (session / "review.json").exists()


def test_no_moments_are_looked_for(group: Path, engines: Fakes) -> None:
    session = group / "2026-04-23"
    made = open_run(session)
    assert made.admitted.admission.off == ("moments",)
    stages(session)
    assert rows(session / "out" / "flags.csv") == []
    assert "not looked for: not everybody present consents to it" in page(session)
    assert seconds(session)["P05"] > 8


def test_an_expired_consent_to_being_recorded_refuses_the_session(group: Path) -> None:
    with pytest.raises(ConsentError, match="P06: recording expired on 2026-04-30"):
        open_run(group / "2026-05-07")
    assert not (group / "2026-05-07" / "out").exists()


def test_a_voice_on_nobodys_list_is_left_out(group: Path, samples: Path) -> None:
    """From sound, by the real models."""
    session = group / "2026-04-30"
    _enroll_samples(group, samples / "voices")
    assert sorted(p.stem for p in (group / "voices").glob("*.json")) == ["P01", "T01"]
    stages(session, "report")
    said = " ".join(w.text for w in results.result(open_run(session)).words).casefold()
    assert "printer" in said and "relief" in said  # of the two on the list
    assert not holds(session / "out", (b"Christmas", b"flowers", b"garden"))  # of the third
    assert page(session).index("Voices that are nobody") < page(session).index("people present")


def page(session: Path) -> str:
    return (session / "out" / "report.html").read_text()


def test_the_group_says_that_it_is_invented(group: Path) -> None:
    assert manifest.load_group(group).fictional
    for path in group.rglob("*.toml"):
        assert "nvented" in path.read_text() or path.name == "settings.toml"
