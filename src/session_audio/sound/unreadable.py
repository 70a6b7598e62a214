"""Why a file cannot be opened as a recording: what it is instead, and the way out.

Known by its first bytes, never by its name.  Needs no library.
"""

from __future__ import annotations

from pathlib import Path

from session_audio import files
from session_audio.errors import AudioError

ORDINARY = "Export it as WAV, FLAC, MP3, M4A or MP4."
_HEAD = 512
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"uuid"})

_DICTAPHONE = (
    "is a dictaphone's file in a closed format ({kind})",
    "The maker's own program plays it and exports it as WAV.",
)
_SHORTCUT = (
    "is a shortcut to a {kind}, not the recording",
    "Open it, and copy the recording itself into the session's folder.",
)
_KNOWN: tuple[tuple[int, bytes, str, tuple[str, str]], ...] = (
    (1, b"ds2", "DS2", _DICTAPHONE),
    (1, b"enc", "DSS, encrypted", _DICTAPHONE),
    (0, b"MS_VOICE", "Sony DVF or MSV", _DICTAPHONE),
    (0, b"PK\x03\x04", "ZIP", ("is a {kind} archive", "Unpack it, and name the recording in it.")),
    (0, b"7z\xbc\xaf", "7z", ("is a {kind} archive", "Unpack it, and name the recording in it.")),
    (
        0,
        b"#EXTM3U",
        "M3U",
        ("is a playlist ({kind}), not a recording", "Name the recording itself."),
    ),
    (
        0,
        b"ffconcat",
        "ffconcat",
        ("is a playlist ({kind}), not a recording", "Name the recording itself."),
    ),
    (0, b"[InternetShortcut]", "web page", _SHORTCUT),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "file elsewhere", _SHORTCUT),
    (0, b"book\x00\x00\x00\x00mark", "file elsewhere", _SHORTCUT),
    (0, b"version https://git-lfs", "file on a server", _SHORTCUT),
    (
        0,
        b"\x00\x05\x16\x07",
        "AppleDouble",
        ("is a Mac's note beside a file ({kind}), not a recording", "Name the file without `._`."),
    ),
    (0, b"%PDF", "PDF", ("is a {kind} document, not a recording", "Check `file`.")),
    (
        0,
        b"bplist00",
        "cloud folder",
        ("is a {kind}'s placeholder: the recording is not on this computer", "Download it first."),
    ),
)


def empty(path: Path) -> AudioError:
    """The error for a file of 0 bytes."""
    return AudioError(
        f"{path.name} is empty (0 bytes): its copy has just begun, or a cloud folder has not "
        "downloaded it yet",
        hint="Let the copy end, or open the file once so that it is downloaded; then run again. "
        "If it stays empty, nothing was recorded or exported.",
    )


def known(path: Path) -> AudioError | None:
    """The error for a file that says at its beginning that it is no recording."""
    with files.opened(path) as file:
        head = file.read(_HEAD)
    for at, magic, kind, (what, hint) in _KNOWN:
        if head[at : at + len(magic)] == magic:
            return AudioError(f"{path.name} {what.format(kind=kind)}", hint=hint)
    return None


def explained(path: Path, reason: str) -> AudioError:
    """The error for a file that no demuxer opens; `reason` is the decoder's own word for it."""
    with files.opened(path) as file:
        head = file.read(_HEAD)
        if not head.strip(b"\0") and _only_zeros(file):
            return AudioError(
                f"{path.name} holds nothing but zeros",
                hint="The copy was not finished, or the card is damaged: copy it again from the "
                "recorder.",
            )
    if head.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        return AudioError(
            f"{path.name} is a web page, not a recording",
            hint="Sign in where it was shared, download it again, and check that it plays.",
        )
    if head[4:8] in _BOXES and b"moov" not in top_boxes(path):
        return AudioError(
            f"{path.name} was never finished: its index (moov) is missing, as when a phone's "
            "battery ends while it records, or a download breaks off",
            hint="Copy it again if the original is whole. Else the sound can often be recovered "
            "with the program untrunc and a healthy recording from the same phone.",
        )
    return AudioError(
        f"{path.name} is not a sound or video file that can be read ({reason})", hint=ORDINARY
    )


def top_boxes(path: Path) -> dict[bytes, int]:
    """Boxes of an MP4 file by kind, with where the last of each begins; stops at nonsense."""
    boxes: dict[bytes, int] = {}
    length, at = files.size(path), 0
    with files.opened(path) as file:
        while at + 8 <= length:
            file.seek(at)
            head = file.read(16)
            size = int.from_bytes(head[:4], "big")
            if size == 1 and len(head) == 16:
                size = int.from_bytes(head[8:], "big")
            if size < 8 or not head[4:8].isascii():
                break
            boxes[head[4:8]] = at
            at += size
    return boxes


def _only_zeros(file: object) -> bool:
    while block := file.read(1 << 20):  # type: ignore[attr-defined]
        if block.strip(b"\0"):
            return False
    return True
