"""The command line: parses, calls, prints.  Heavy libraries are imported inside the verbs."""

from __future__ import annotations

import click

from session_audio import __version__
from session_audio.cli import people, reporting, research, running, scoring, settings, weights


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
    epilog="""Exit codes: 0 done, 1 some sessions failed, 2 usage, 3 consent refused.

Start with `session-audio demo`, then copy its group folder and put your own in it.""",
)
@click.version_option(__version__, prog_name="session-audio")
def main() -> None:
    """Read recordings of group therapy sessions and show how the group worked together.

    Everything runs on this machine and nothing leaves it.  A session is a folder with a
    session.toml (date, attendance, recording); a group is a folder of sessions with a
    group.toml (roster and consent).  docs/formats.md describes both.
    """


for verb in (
    running.demo,
    running.check,
    people.enroll,
    running.run,
    running.trend,
    reporting.report,
    scoring.score,
    research.flag_turns,
    weights.models,
    settings.settings,
):
    main.add_command(verb)
