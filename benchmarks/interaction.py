"""Interaction analytics against human labels: interruptions, backchannels, responses.

    python benchmarks/interaction.py BENCH [--keep MODEL]

Trains on 40 of the 51 ICSI meetings, writes what the product makes of the other 11
(``turns.csv``, ``interactions.csv``), and scores that with the bench's own scorer: of their
words by hand, and of each as a diarizer and a recogniser would hand it over (the bench's
``as_recognised.py``).  Then the rules in common use, and our rules without the model, on the
same 11.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "training" / "interaction"))

from meetings import bench_module, meeting_files, read_meeting
from train import show, train

from session_audio.formats import rttm
from session_audio.schema import Diarization, Interaction, Turn, Word
from session_audio.turntaking.interactions import find_interactions
from session_audio.turntaking.model import InteractionModel, load
from session_audio.turntaking.responses import assign_responses
from session_audio.turntaking.turns import build_turns

HELD_OUT = 5
"""Every fifth meeting by name is kept out of training."""
BY_HAND, AS_RECOGNISED = "words by hand", "as recognised"


def analyse(
    words: list[Word], speech: Diarization | None, model: InteractionModel | None
) -> tuple[tuple[Turn, ...], tuple[Interaction, ...]]:
    """The product's own path from words to turns and interactions."""
    turns = build_turns(words, speech, model=model)
    events = find_interactions(turns, words, speech, model=model)
    return assign_responses(turns, events, model=model), events


def write(folder: Path, turns: tuple[Turn, ...], events: tuple[Interaction, ...]) -> None:
    """The two tables with the columns of a session's folder."""
    with (folder / "turns.csv").open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["index", "start", "end", "participant", "responds_to", "text"])
        rows.writerows(
            [t.index, *_times(t), t.participant, t.responds_to or "", t.text] for t in turns
        )
    with (folder / "interactions.csv").open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["kind", "start", "end", "participant", "holder", "confidence"])
        rows.writerows(
            [
                e.kind,
                f"{e.start:.3f}",
                f"{e.end:.3f}",
                e.participant,
                e.holder or "",
                f"{e.confidence:.3f}",
            ]
            for e in events
        )


def _times(row: Turn | Interaction) -> tuple[str, str]:
    return f"{row.start:.3f}", f"{row.end:.3f}"


def words_from_seglst(path: Path) -> list[Word]:
    """Words of a SegLST file of one word a segment."""
    return sorted(
        Word(float(s["start_time"]), float(s["end_time"]), s["words"], s["speaker"])
        for s in json.loads(path.read_text(encoding="utf-8"))
    )


def view(path: Path, out: Path, kind: str, bench: Path) -> tuple[list[Word], Diarization | None]:
    """A meeting's words and speech in one of the two views; files for it go to `out`."""
    if kind == BY_HAND:
        bench_module(bench, "icsi").write_seglst(path, out / "words.seglst.json")
        return words_from_seglst(out / "words.seglst.json"), None
    sys.argv = ["as_recognised.py", str(path), str(out)]
    bench_module(bench, "as_recognised").main()
    segments = rttm.read(out / "speech.rttm")
    return words_from_seglst(out / "words.seglst.json"), Diarization(segments, segments)


def score(files: list[Path], model: InteractionModel | None, kind: str, bench: Path) -> None:
    """Analyse and print, as the bench's scorer prints."""
    with tempfile.TemporaryDirectory() as scratch:
        argv = ["score_interaction.py"]
        for path in files:
            folder = Path(scratch) / path.name.split(".")[0]
            folder.mkdir()
            write(folder, *analyse(*view(path, folder, kind, bench), model))
            argv += ["--gold", str(path), "--session", str(folder)]
        sys.argv = argv
        bench_module(bench, "score_interaction").main()


def main() -> None:
    """Train, score, and print the baselines."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("--model", type=Path, help="score this model instead of training one")
    parser.add_argument("--keep", type=Path, help="keep the model that was trained in this file")
    args = parser.parse_args()
    icsi = bench_module(args.bench, "icsi")
    scorer = bench_module(args.bench, "score_interaction")
    files = meeting_files(args.bench)
    held_out = files[::HELD_OUT]
    kept = [path for path in files if path not in held_out]
    if args.model:
        model = load(args.model)
    else:
        labelled = [view for path in kept for view in read_meeting(path, icsi)]
        model, figures = train(labelled, scorer.match, f"{len(kept)} meetings")
        print(f"cross-validated over the {len(kept)} training meetings:")
        show(figures)
        plain = json.dumps(model.to_json(), separators=(",", ":"))
        print(f"  model of {len(plain) / 1e6:.2f} MB")
        if args.keep:
            args.keep.write_text(plain, encoding="utf-8")
    print(f"\nheld out ({len(held_out)}): " + " ".join(p.name.split(".")[0] for p in held_out))
    for name, used in (("model", model), ("our rules, without the model", None)):
        for kind in (BY_HAND, AS_RECOGNISED):
            print(f"\n{name}, {kind}:")
            score(held_out, used, kind, args.bench)
    print("\nrules in common use:")
    sys.argv = ["score_interaction.py", "--baseline"]
    for path in held_out:
        sys.argv += ["--gold", str(path)]
    scorer.main()


if __name__ == "__main__":
    main()
