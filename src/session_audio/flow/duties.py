"""``privacy-check``: what the documents promise, looked at on this installation.

Each `Check` names the duty that it serves, as `docs/privacy.md` lists them.  Nothing is changed,
no sound is read, and what is told are ids and numbers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from session_audio import offline, permissions, weights
from session_audio.encryption import covered
from session_audio.errors import ConsentError, SessionAudioError
from session_audio.flow import results
from session_audio.flow.context import Context
from session_audio.flow.encrypt import in_clear
from session_audio.flow.retain import retain
from session_audio.flow.run import ERROR_FILE
from session_audio.resources import user_folder
from session_audio.speakers import profiles
from session_audio.workspace import audit, consent, manifest
from session_audio.workspace.folders import find_sessions
from session_audio.workspace.review_file import REVIEW
from session_audio.workspace.store import OUT, SessionStore

_SHOWN = 5
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Check:
    """One promise, and whether it holds here."""

    name: str
    duty: str
    holds: bool
    found: str
    """What was found, in ids and numbers."""


def check_all(group: Path, on: date, context: Context | None = None) -> list[Check]:
    """Every check on the group in `group` and on this installation.

    Raises
    ------
    ManifestError
        When there is no such group.
    """
    manifest.load_group(group)
    looked: list[Callable[[], Check]] = [
        lambda: consents(group, on, context),
        lambda: voices(group, on),
        lambda: modes(group),
        lambda: encryption(group),
        lambda: telemetry(),
        lambda: sockets(group),
        lambda: known_weights(),
        lambda: retention(group, on),
        lambda: leftovers(group),
        lambda: chain(group),
    ]
    return [look() for look in looked]


def consents(group: Path, on: date, context: Context | None = None) -> Check:
    """Everybody's consent stands for each session that has results."""
    known = results.sessions_of(group, context)
    refused = [e for e in known.left_out if isinstance(e, ConsentError)]
    kept = [e.session for e in refused if e.session and (group / e.session / OUT).is_dir()]
    found = f"{len(known.runs)} sessions are admitted on {on}, {len(refused)} refused"
    if kept:
        found += f"; results of refused ones are still there: {_some(kept)}"
    return Check("consent", "GDPR 6, 9; HIPAA 164.508", not kept, found)


def voices(group: Path, on: date) -> Check:
    """No voice is kept without consent to a voiceprint."""
    without = [str(who) for who in profiles.without_consent(manifest.load_group(group), on)]
    found = f"voices kept without consent: {_some(without)}" if without else "none without consent"
    return Check("voice profiles", "GDPR 9 (biometric data)", not without, found)


def _open_under(path: Path) -> Iterator[Path]:
    """What others can read of `path` and what is in it; a folder that is closed keeps all of it."""
    if path.is_symlink() or not path.exists() or not permissions.open_to_others(path):
        return
    yield path
    if path.is_dir():
        for inner in path.iterdir():
            yield from _open_under(inner)


def modes(group: Path) -> Check:
    """What this software wrote can be read by its owner alone."""
    roots = [group / OUT, group / profiles.FOLDER, group / audit.FILE, user_folder("state")]
    for session in find_sessions(group):
        roots += [session / OUT, session / REVIEW]
    open_to = [path.name for root in roots for path in _open_under(root)]
    brought = [
        path.name
        for session in find_sessions(group)
        for path in session.glob("*")
        if path.is_file() and permissions.open_to_others(path)
    ]
    found = f"{len(open_to)} files of ours can be read by others"
    found += f" ({_some(open_to)})" if open_to else ""
    found += f"; {len(brought)} files that you brought can" if brought else ""
    return Check("file modes", "GDPR 32; HIPAA 164.312(a)", not open_to, found)


def encryption(group: Path) -> Check:
    """Where the group is encrypted, all of it is, and its key is to be had."""
    duty = "GDPR 32; HIPAA 164.312(a)(2)(iv)"
    known = covered.of(group)
    if known is None:
        found = "not by this software (session-audio encrypt): look to the disk's own encryption"
        return Check("encryption", duty, True, found)
    try:
        covered.has_key(group)
    except SessionAudioError as error:
        return Check("encryption", duty, False, error.message)
    clear = [path.name for path in in_clear(group)]
    what = "results and recordings" if known.brought else "results, not recordings"
    found = f"{what}, by the key {known.master}"
    found += f"; in the clear all the same: {_some(clear)} (session-audio encrypt)" if clear else ""
    return Check("encryption", duty, not clear, found)


def telemetry() -> Check:
    """The telemetry of every dependency is off, and so are look-ups at hubs."""
    wanted = {**offline.TELEMETRY_OFF, **offline.HUB_OFFLINE}
    on = [name for name, value in wanted.items() if os.environ.get(name) != value]
    found = f"switched back on: {_some(on)}" if on else f"{len(wanted)} switches are off"
    return Check("telemetry", "GDPR 25, 32", not on, found)


def sockets(group: Path) -> Check:
    """Nothing is set up that would send anything beyond this machine."""
    url = os.environ.get("PREFECT_API_URL", "")
    away = bool(url) and urlsplit(url).hostname not in _LOOPBACK
    outside = manifest.settings_of(group).machine.outside_files
    found = "PREFECT_API_URL names another machine" if away else "no address is configured"
    found += "; sessions may name files outside their folders" if outside else ""
    return Check("connections", "GDPR 32; HIPAA 164.312(e)", not away, found)


def known_weights() -> Check:
    """The weights that are here are those of the registry."""
    files = weights.verify()
    wrong = [f"{f.weight}/{f.path}" for f in files if f.state != "ok"]
    found = (
        f"not as the registry says: {_some(wrong)}" if wrong else f"{len(files)} files are right"
    )
    return Check("weights", "HIPAA 164.312(c); EU AI Act 15", not wrong, found)


def retention(group: Path, on: date) -> Check:
    """Nothing is kept longer than the clinic wants."""
    due = retain(group, on, dry=True)
    parts = [
        f"decoded sound of {len(due.sounds)} sessions",
        f"{len(due.recordings_due)} recordings",
        f"{len(due.results_due)} results",
    ]
    over = bool(due.sounds or due.recordings_due or due.results_due)
    found = f"due: {', '.join(parts)} (session-audio retain)" if over else "nothing is due"
    return Check("retention", "GDPR 5(1)(e)", not over, found)


def leftovers(group: Path) -> Check:
    """No record of a fault, which may hold words, and no half-written file lies about."""
    left = [
        folder.name
        for folder in find_sessions(group)
        if (SessionStore(folder).work / ERROR_FILE).exists() or SessionStore(folder).unfinished()
    ]
    found = f"left by a stopped run: {_some(left)}" if left else "none"
    return Check("left files", "GDPR 5(1)(c)", not left, found)


def chain(group: Path) -> Check:
    """The log of who did what is whole."""
    duty = "GDPR 5(2); HIPAA 164.312(b)"
    if not (group / audit.FILE).is_file():
        return Check("audit log", duty, True, "it is begun by the first run")
    try:
        seen = audit.verify(group)
    except SessionAudioError as error:
        return Check("audit log", duty, False, error.message)
    if seen.broken is not None:
        return Check("audit log", duty, False, f"line {seen.broken} is not as it was written")
    return Check("audit log", duty, True, f"{seen.lines} lines, the last hash is {seen.last}")


def consent_table(group: Path, on: date) -> list[dict[str, str]]:
    """Who consented to what, by id: for an ethics board."""
    return [
        {
            "participant": str(person.id),
            "purpose": given.purpose,
            "given": str(given.given),
            "expires": str(given.expires or ""),
            "withdrawn": str(given.withdrawn or ""),
            "form": given.form or "",
            "stands": str(consent.consents(person, given.purpose, on, on)).lower(),
        }
        for person in manifest.load_group(group).participants
        for given in person.consent
    ]


def _some(names: Iterable[str]) -> str:
    listed = sorted(set(names))
    more = len(listed) - _SHOWN
    return ", ".join(listed[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
