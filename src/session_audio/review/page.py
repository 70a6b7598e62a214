"""The session's page with what makes it writable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal

from session_audio.flow import results
from session_audio.flow.session import SessionRun
from session_audio.flow.stages.reporting import sound_beside
from session_audio.report.output.render import Live, html, policy
from session_audio.report.page import Page
from session_audio.report.session import content


@dataclass(frozen=True)
class LivePage:
    """A page, and the policy that is sent with it."""

    text: str
    policy: str


def page_of(run: SessionRun) -> Page:
    """What the page is made of: the session's result, with names, whatever the settings say."""
    sound = sound_beside(run)
    settings = replace(run.settings.report, pseudonyms=False)
    return Page(
        results.result(run),
        settings,
        tuple(sorted(results.history(run), key=lambda h: h.date)),
        sound.name if sound else "",
        every_turn=True,
    )


def live(page: Page, secret: str, kind: Literal["review", "learn"]) -> LivePage:
    """The page as a server hands it out, to be reviewed or to learn from."""
    words = {**page.say.part("reviewing"), **page.say.part("learning")}
    script = _static("common.js") + _static(f"{kind}.js")
    style = _static("review.css") + (_static("learn.css") if kind == "learn" else "")
    added = Live(script, style, secret, words)
    text = html(content(page), live=added)
    return LivePage(text, f"{policy(added)}; frame-ancestors 'none'")


@cache
def _static(name: str) -> str:
    return (files("session_audio.review") / "static" / name).read_text(encoding="utf-8")
