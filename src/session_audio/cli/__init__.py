"""The command line: parses, calls, prints.  Heavy libraries are imported inside the verbs.

- `making`: ``init``, ``add``; `running`: ``check``, ``run``, ``demo``; `supervising`:
  ``trend``, ``brief``, ``overview``, ``close``; `reporting`: ``report``; `reviewing`: ``review``;
  `scoring`: ``score``; `people`: ``enroll``, ``forget``; `weights`: ``models``; `correcting`:
  ``corrections``; `settings`: ``settings``; `auditing`: ``audit``; `keeping`: ``retain``,
  ``privacy-check``, ``proof``; `encrypting`: ``encrypt``, ``decrypt``, ``view``; `research`:
  ``export``, ``flag-turns``, ``labels``; `benching`: ``bench``.
- `shared`: what every verb shares; `serving`: pages handed out to one browser; `summary`: what
  became of a batch; `finishing`: the user's command after it; `watching`: batches as sessions
  arrive; `stopping`: what happens on Ctrl-C.
"""

from __future__ import annotations

import click

from session_audio import __version__
from session_audio.cli import (
    auditing,
    benching,
    correcting,
    encrypting,
    keeping,
    making,
    people,
    reporting,
    research,
    reviewing,
    running,
    scoring,
    settings,
    supervising,
    weights,
)
from session_audio.permissions import owner_only


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
    epilog="""Exit codes: 0 done, 1 some sessions failed, 2 usage, 3 consent refused.

Start with `session-audio demo`; then `init` makes a group of your own, and `add` a session.  Do not
copy the sample's group, whose consents are invented.""",
)
@click.version_option(__version__, "-V", "--version", prog_name="session-audio")
@click.pass_context
def main(context: click.Context) -> None:
    """Read recordings of group therapy sessions and show how the group worked together.

    Everything runs on this machine and nothing leaves it.  A session is a folder with a
    session.toml (date, attendance, recording); a group is a folder of sessions with a
    group.toml (roster and consent).  docs/formats.md describes both.
    """
    if context.invoked_subcommand != weights.models.name:  # several people may share the weights
        context.with_resource(owner_only())


@click.command("help")
@click.argument("words", nargs=-1, metavar="[COMMAND]")
@click.pass_context
def help_of(context: click.Context, words: tuple[str, ...]) -> None:
    """Show what a command does; alone, the list of commands.

    \b
    session-audio help run
    """
    here = context.find_root()
    command: click.Command = main
    for word in words:
        verb = command.get_command(here, word) if isinstance(command, click.Group) else None
        if verb is None:
            raise click.UsageError(f"There is no command {word!r}.", here)
        command, here = verb, click.Context(verb, here, info_name=word)
    click.echo(command.get_help(here))


for verb in (
    running.demo,
    making.init,
    making.add,
    running.check,
    people.enroll,
    people.forget,
    encrypting.encrypt,
    encrypting.decrypt,
    encrypting.view,
    keeping.retain,
    keeping.privacy_check,
    keeping.proof,
    auditing.audit,
    running.run,
    supervising.trend,
    supervising.brief,
    supervising.overview,
    supervising.close,
    correcting.corrections,
    reporting.report,
    reviewing.review,
    scoring.score,
    research.export,
    research.flag_turns,
    research.labels,
    weights.models,
    benching.bench,
    settings.settings,
    help_of,
):
    main.add_command(verb)
