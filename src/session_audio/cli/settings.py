"""``settings``: what can be set, what it may be, and a settings file to start from."""

from __future__ import annotations

import click

from session_audio.cli.shared import reported


@click.command()
@click.argument("sections", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "toml", "markdown"]),
    default="text",
    show_default=True,
    help="toml: a settings file with every setting, switched off; markdown: docs/settings.md.",
)
@reported
def settings(sections: tuple[str, ...], form: str) -> None:
    """List the settings: default, what is allowed, and what each means.

    A group may keep a settings.toml beside its group.toml.  What it names replaces the
    default; a wrong name or value stops a run before anything is done, as does `check`.

    \b
    session-audio settings                 every setting in short
    session-audio settings turns flags     two sections, with the meaning of each setting
    session-audio settings --format toml > tuesday/settings.toml
    session-audio check tuesday            whether the file can be used
    """
    from session_audio.settings import reference

    if form == "toml":
        click.echo(reference.settings_file(), nl=False)
    elif form == "markdown":
        click.echo(reference.markdown(), nl=False)
    else:
        for line in reference.plain_text(sections):
            click.echo(line)
