"""Verbs for researchers: ``export``; ``flag-turns``, the classifier alone; ``labels``."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from session_audio import files
from session_audio.cli.auditing import noted
from session_audio.cli.shared import PATH, exit_code, reported
from session_audio.errors import ConsentError, FormatError
from session_audio.schema import MOST_CONTEXT, ContextTurn, TurnInContext

if TYPE_CHECKING:
    from session_audio.flow.session import SessionRun

Id = str | int | float


@click.command("flag-turns")
@click.argument("turns", type=PATH)
@click.option(
    "--settings", "settings_file", type=PATH, help="A settings.toml; its [flags] name the model."
)
@reported
def flag_turns(turns: Path, settings_file: Path | None) -> None:
    """Score turns for rupture and repair: JSON lines in and out.

    TURNS is a file; - reads standard input.

    One JSON object a line: {"id", "context": [{"speaker", "role", "text"}, up to 3],
    "speaker", "role", "text"}; roles are therapist, member, anything else or "".  One JSON
    object a line comes out, in the same order: {"id", "label", "target", "scores"}, the scores
    of none, withdrawal, confrontation and repair summing to 1.

    Give every turn of a conversation, in order: turns that follow one another, each in the
    context of the next, are read together.  A turn by itself is read less well.  The bundled
    classifier knows English only: of another language its scores mean nothing.

    A score is for finding places to read, not a finding about a person, and no safety monitor.
    """
    from session_audio.backends.load import load_classifier
    from session_audio.settings import load

    name = "standard input" if str(turns) == "-" else turns.name
    asked = read_turns(_lines(turns), name)
    if not asked:
        return
    chosen = load(settings_file)
    classifier = load_classifier(chosen, chosen.machine.threads or 2)
    all_scored = classifier.score([turn for _, turn in asked])
    for (given, _), scored in zip(asked, all_scored, strict=True):
        row = {
            "id": given,
            "label": scored.label,
            "target": scored.target,
            "scores": dict(scored.scores),
        }
        click.echo(_as_json(row))


@click.command()
@click.argument("group", type=PATH)
@click.option("--to", type=PATH, required=True, help="Folder to write to.")
@click.option("--code", default="G01", show_default=True, help="What the group is called there.")
@click.option(
    "--without-model",
    is_flag=True,
    help="Tell names by the roster and by capitals alone: more is missed, more is hidden.",
)
@reported
def export(group: Path, to: Path, code: str, without_model: bool) -> None:
    """Write the tables of GROUP for research, without what tells who somebody is.

    Only sessions in which everybody consents to `research` and to leaving the clinic.  People are
    codes, days are counted from the group's first session, and in what was said names, places,
    organisations, telephone numbers, addresses, e-mails, numbers of records and dates are replaced
    by their kind.  English alone: the model knows no other language.

    It needs the `redact` extra and its model: session-audio models pull spacy-en-md.

    Some is missed, and stories identify: read the text before you hand it on.
    """
    from session_audio.backends.load import load_names
    from session_audio.flow.export import export as write

    done = write(group, to, None if without_model else load_names(), code=code)
    noted(group, "export", sessions=done.sessions, files=len(done.paths), replaced=done.replaced)
    for error in done.left_out:
        click.echo(f"session-audio: {error}", err=True)
    for path in done.paths:
        click.echo(path)
    click.echo("This is not anonymous: read READ-FIRST.txt, and the text, before it is handed on.")
    sys.exit(exit_code(error.status for error in done.left_out))


@click.command("labels")
@click.argument("folders", nargs=-1, required=True, type=PATH)
@click.option(
    "--to", type=PATH, required=True, metavar="FILE", help="JSON lines; replaced if there."
)
@reported
def labels(folders: tuple[Path, ...], to: Path) -> None:
    """Write what people decided of candidate moments in reviews, as examples for a classifier.

    FOLDERS are sessions or groups.  One JSON object a moment that was accepted, rejected or marked:
    the turn with up to three before it, as `flag-turns` reads them, with "label", "target" and
    "marked" (found by a person).  Only sessions in which everybody consents to `research`.  People
    are codes and names are hidden, but what was told may still show who somebody is: read the file
    before it leaves.
    """
    from session_audio.cli.auditing import noted
    from session_audio.flow.session import open_run
    from session_audio.review.labels import labels_of
    from session_audio.workspace.folders import look

    lines: list[str] = []
    for folder in folders:
        for path in look(folder).sessions:
            run = open_run(path)
            if run.store.record("report") is None or not _consented(run):
                continue
            rows = labels_of(run)
            lines += [_as_json(row) for row in rows]
            if rows:
                noted(run.session.group.folder, "labels", session=run.session.id, moments=len(rows))
    files.write_text(to, "".join(f"{line}\n" for line in lines))
    click.echo(f"{len(lines)} moments: {to}")


def _consented(run: SessionRun) -> bool:
    """Whether everybody in it consents to research; it is said where somebody does not."""
    from session_audio.workspace.consent import refuse_research

    try:
        refuse_research(run.admitted, run.settings.consent, "labels")
    except ConsentError as error:
        click.echo(f"session-audio: {error}", err=True)
        return False
    return True


def _as_json(row: dict[str, Any]) -> str:
    line = json.dumps(row, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # half of a surrogate pair in the id, which only \\u can write
        return json.dumps(row)
    return line


def _lines(path: Path) -> list[str]:
    # Only a line feed ends a line: JSON text may hold what else Python takes for a line's end.
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read().decode("utf-8-sig").split("\n")
        return files.read_bytes(path).decode("utf-8-sig").split("\n")
    except OSError as error:
        raise FormatError(
            f"{path.name} cannot be read ({error.strerror or type(error).__name__})",
            hint="Give a file with one JSON object a line, or - for standard input.",
        ) from None
    except UnicodeDecodeError:
        raise FormatError(f"{path.name} is not UTF-8 text", hint="Save it as UTF-8.") from None


def read_turns(lines: Iterable[str], name: str) -> list[tuple[Id, TurnInContext]]:
    """Turns from JSON lines, each with its id as given; empty lines are passed over.

    Raises
    ------
    FormatError
        Naming the line, never its words.

    Examples
    --------
    >>> read_turns(['{"id": 1, "text": "No."}'], "x.jsonl")[0][1].text
    'No.'
    >>> read_turns(["{}"], "x.jsonl")
    Traceback (most recent call last):
        ...
    session_audio.errors.FormatError: x.jsonl, line 1: "id" is missing; expected text or a number
    """
    out: list[tuple[Id, TurnInContext]] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                out.append(_turn(line))
            except _BadLineError as bad:
                raise FormatError(f"{name}, line {number}: {bad}") from None
    return out


class _BadLineError(Exception):
    """What is wrong with a line; never with its words."""


def _turn(line: str) -> tuple[Id, TurnInContext]:
    try:
        row = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _BadLineError("is not JSON; expected one object a line") from None
    if not isinstance(row, dict):
        raise _BadLineError(f"holds a {type(row).__name__}; expected an object")
    before = row.get("context")
    if before is None:
        before = []
    if not isinstance(before, list) or not all(isinstance(text, dict) for text in before):
        raise _BadLineError('"context" is not a list of objects')
    if len(before) > MOST_CONTEXT:
        raise _BadLineError(
            f'"context" holds {len(before)} turns; expected at most {MOST_CONTEXT}, the latest last'
        )
    name = row.get("id")
    if isinstance(name, bool) or not isinstance(name, str | int | float):
        raise _BadLineError(f'"id" is {_found(name)}; expected text or a number')
    if isinstance(name, float) and not math.isfinite(name):
        raise _BadLineError('"id" is too large a number')
    text = _text(row, "text", needed=True)
    context = tuple(
        ContextTurn(_text(c, "speaker"), _text(c, "role"), _text(c, "text", needed=True))
        for c in before
    )
    turn = TurnInContext(str(name), context, _text(row, "speaker"), _text(row, "role"), text)
    return name, turn


def _text(row: dict[str, Any], key: str, *, needed: bool = False) -> str:
    value = row.get(key)
    if value is None and not needed:
        return ""
    if not isinstance(value, str):
        raise _BadLineError(f'"{key}" is {_found(value)}; expected text')
    return value.encode("utf-8", "replace").decode("utf-8")


def _no_constant(name: str) -> float:
    raise ValueError(name)  # NaN and Infinity are not JSON


def _found(value: object) -> str:
    return "missing" if value is None else f"a {type(value).__name__}"
