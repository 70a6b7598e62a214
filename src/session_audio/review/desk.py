"""One session under review: what its page shows, what is decided of it, and what is computed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from session_audio.amend import voices
from session_audio.amend.mending import changes
from session_audio.amend.operations import MOMENTS, SPEECH, about, checked
from session_audio.amend.voices import Spoken
from session_audio.errors import ConsentError, FormatError, SessionAudioError
from session_audio.flow.artefacts import LISTENING
from session_audio.flow.context import Context
from session_audio.flow.enrol import enrol_from_session
from session_audio.flow.run import shielded
from session_audio.flow.session import SessionRun, open_run
from session_audio.flow.stages.analysis import looks_for_moments
from session_audio.flow.stages.recording import of_whom_no_words, who_speaks
from session_audio.review import page as pages
from session_audio.review import recompute
from session_audio.review.journal import Journal
from session_audio.review.model import Plain, model_of
from session_audio.schema import UNATTRIBUTED
from session_audio.workspace import audit, manifest
from session_audio.workspace.review_file import Operation
from session_audio.workspace.store import SessionStore

_LIKE = 12
"""Stretches by which a voice is met again, should the models hear anew."""


@dataclass(frozen=True)
class Shown:
    """What was computed last: the page, what it is told, and which operations are in it."""

    page: pages.LivePage
    model: Plain
    said: Spoken | None
    """None where nothing of it can be changed."""
    applied: frozenset[str]


class Desk:
    """The session in `folder`, whose lock the caller holds.

    Parameters
    ----------
    folder : Path
    context : Context
        Models, settings, clock.
    by : str
        Who reviews.
    secret : str
        What the page must say to change something.
    """

    def __init__(self, folder: Path, context: Context, by: str, secret: str) -> None:
        self.folder, self.secret, self._context = folder, secret, context
        self.group = folder.resolve().parent
        self.journal = Journal(folder, by)
        self._one_at_a_time = threading.Lock()
        self._working: threading.Thread | None = None
        self._progress: Plain = {"state": "ready", "stage": "", "error": "", "count": 0}
        self._shown: Shown | None = None
        self._since: tuple[tuple[str, ...], Spoken] | None = None

    @property
    def run(self) -> SessionRun:
        """The session, its consent judged now."""
        return open_run(self.folder, self._context)

    # --- what is shown

    def open(self, told: Callable[[str], None]) -> None:
        """Compute what follows from decisions made before, and make the page."""
        recompute.recompute(self.folder, self._context, told)
        self._show()
        self._note(did="opened")

    def _show(self) -> None:
        run = self.run
        applied = frozenset(o["id"] for o in self.journal.operations())
        page = pages.page_of(run)
        self._since = None
        self._shown = Shown(
            pages.live(page, self.secret, "review"), model_of(run, page), who_speaks(run), applied
        )

    @property
    def shown(self) -> Shown:
        """What was computed last."""
        if self._shown is None:
            raise RuntimeError("open it first")
        return self._shown

    def page(self) -> pages.LivePage:
        """The page and its policy, where consent still stands."""
        return self._shown_now().page

    def _shown_now(self) -> Shown:
        """What was computed last; refused where consent no longer stands."""
        _ = self.run
        return self.shown

    def sound(self) -> Path | None:
        """The copy of the sound; None without one."""
        return next((path for path in LISTENING.paths(self.run) if path.is_file()), None)

    def state(self) -> Plain:
        """All that the page needs."""
        return {**self._shown_now().model, **self.decided(), "progress": self.progress()}

    def decided(self) -> Plain:
        """The operations, which of them are computed, and how many can be done again."""
        return {
            "operations": [_without_spans(o) for o in self.journal.operations()],
            "applied": sorted(self.shown.applied),
            "undone": len(self.journal.undone()),
        }

    # --- what is decided

    @property
    def changes(self) -> Mapping[str, Callable[[Any], object]]:
        """What can be asked for, by the last part of its address."""
        return {
            "do": self.do,
            "undo": lambda _: self.undo(),
            "redo": lambda _: self.redo(),
            "save": lambda _: self.save(),
            "keep": self.keep_voice,
        }

    def do(self, asked: object) -> Plain:
        """Keep what the page asks for as an operation.

        Raises
        ------
        SessionAudioError
            Where it is no operation, or does not fit the session.
        """
        with self._one_at_a_time:
            o = self._completed(checked(asked))
            self.journal.add(o)
            return self.decided()

    def undo(self) -> Plain:
        """Take the last operation back."""
        with self._one_at_a_time:
            self.journal.undo()
            return self.decided()

    def redo(self) -> Plain:
        """Do again what was undone last."""
        with self._one_at_a_time:
            self.journal.redo()
            return self.decided()

    def _completed(self, o: Operation) -> Operation:
        """The operation with what is needed to meet it again; refused where it fits nothing."""
        if o["file"] != SPEECH:
            self._people_known(o)
            return o
        said, present = self._said_now()
        if o["do"] in ("name", "split"):
            own = sorted(said.said_by(o["voice"]), key=lambda s: s.start - s.end)[:_LIKE]
            o["like"] = [[round(s.start, 3), round(s.end, 3)] for s in own]
        if o["do"] == "mend":
            if o["from"] in of_whom_no_words(self.run):
                raise ConsentError(
                    f"{o['from']} does not consent to words being read: none are written down",
                    session=self.folder.name,
                    stage="review",
                )
            span = (o["start"], o["end"])
            theirs = said.words_in(lambda label: said.person(label) == o["from"], span)
            words = [said.words[k] for k in theirs]
            o["changes"] = changes(words, o.pop("text"), *span)
        trial = dict(o)
        voices.amended(said, [trial], present)
        if not trial["fits"]:
            raise FormatError(
                "this does not fit what was heard", session=self.folder.name, stage="review"
            )
        return o

    def _said_now(self) -> tuple[Spoken, list[str]]:
        """Who speaks, with what was decided since it was computed; and who was there."""
        present = [str(p.id) for p in self.run.session.present]
        if self.shown.said is None:
            raise RuntimeError("nothing of it can be changed")
        since = [
            dict(o)
            for o in self.journal.operations()
            if o["id"] not in self.shown.applied and o["file"] == SPEECH
        ]
        # What was done before stays done: only what is new is applied, unless something was undone.
        names = tuple(o["id"] for o in since)
        done, said = self._since or ((), self.shown.said)
        if names[: len(done)] != done:
            done, said = (), self.shown.said
        said = voices.amended(said, since[len(done) :], present)
        self._since = names, said
        return said, present

    def _people_known(self, o: Operation) -> None:
        """Refuse an event or a moment of somebody who is neither present nor heard, or left out.

        Moments too, where consent does not let them be looked for.
        """
        if o["file"] == MOMENTS:
            moments_allowed(self.run)
        if out := about(o) & set(self.run.admitted.admission.left_out):
            raise ConsentError(
                f"{', '.join(sorted(out))} is left out for want of consent: nothing is noted",
                session=self.folder.name,
                stage="review",
            )
        known = {*self.shown.model["names"], UNATTRIBUTED, None}
        known |= {person["id"] for person in self.shown.model["people"]}
        named = {o["participant"]} if o["do"] == "missed" else set()
        if o["do"] == "event" and o["to"] is not None:
            named = set(o["to"][3:5])
        if not named <= known:
            raise FormatError(
                "it names somebody who was not there", session=self.folder.name, stage="review"
            )

    # --- what is computed

    @property
    def busy(self) -> bool:
        """Whether something is computed now."""
        return self._working is not None and self._working.is_alive()

    def progress(self) -> Plain:
        """How far the computing is; ``state`` is ``ready``, ``working`` or ``failed``."""
        return dict(self._progress)

    def save(self) -> Plain:
        """Begin to compute what follows; `progress` tells when it is done."""
        with self._one_at_a_time:
            if not self.busy:
                self._tell(state="working", stage="", error="")
                self._working = threading.Thread(target=self._compute, name="review", daemon=True)
                self._working.start()
            return self.progress()

    def wait(self) -> None:
        """Until nothing is computed any more."""
        if self._working is not None:
            self._working.join()

    def _compute(self) -> None:
        try:
            with self._one_at_a_time:
                decided = len(self.journal.operations())
                recompute.recompute(self.folder, self._context, lambda s: self._tell(stage=s))
                self._tell(stage="page")
                self._show()
                self._note(did="saved", operations=decided)
            self._tell(state="ready", stage="", count=self._progress["count"] + 1)
            recompute.draw_series(self.group, self._context)
        except SessionAudioError as error:
            self._tell(state="failed", error=self.unnamed(str(error)))
        except Exception as error:  # its text may hold words that were said
            self._tell(state="failed", error=self.shielded(error))

    def _tell(self, **what: object) -> None:
        self._progress = {**self._progress, **what}

    def keep_voice(self, asked: Any) -> Plain:
        """Keep a voice that a person named as that participant's, for later sessions.

        Raises
        ------
        ConsentError
            When there is no consent to a voiceprint.
        FormatError
            When nobody said whose voice it is.
        """
        label = asked.get("voice") if isinstance(asked, dict) else None
        known = {v["label"]: v for v in self.shown.model["voices"]}.get(label)
        if known is None or known["how"] != "given":
            raise FormatError(
                "nobody has said yet whose voice this is; name it and save first",
                session=self.folder.name,
                stage="review",
            )
        with self._one_at_a_time:
            enrol_from_session(self.group, known["who"], self.folder, str(label), self._context)
            self._note(did="enrolled", participant=known["who"])
            return self.decided()

    # --- what is told

    def unnamed(self, text: str) -> str:
        """A message with ids in place of names."""
        return manifest.masked(text, manifest.load_group(self.group))

    def shielded(self, error: Exception) -> str:
        """What is told of a fault of ours: its kind; its text stays beside the session's words."""
        return str(shielded(SessionStore(self.folder), "review", error))

    def _note(self, **facts: object) -> None:
        audit.note(self.group, "review", {"session": SessionStore(self.folder).id, **facts})


def moments_allowed(run: SessionRun) -> None:
    """Refuse where somebody present does not consent to candidate moments.

    Raises
    ------
    ConsentError
        Nobody marks or judges any there either.
    """
    if not looks_for_moments(run):
        raise ConsentError(
            "not everybody present consents to candidate moments: none are marked or judged",
            session=run.session.id,
            stage="review",
        )


def _without_spans(o: Operation) -> Operation:
    return {k: v for k, v in o.items() if k not in ("like", "file")}
