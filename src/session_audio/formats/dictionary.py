"""The data dictionary of ``docs/formats.md``, made of the columns that are declared."""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.formats.columns import OF_A_SESSION, RATINGS, SESSIONS, Table


def as_markdown(of: Sequence[Table] = (*OF_A_SESSION, SESSIONS, RATINGS)) -> str:
    """The data dictionary of ``docs/formats.md``, in Markdown.

    >>> print(as_markdown()[:40])
    #### `members.csv`: one participant of o
    """
    parts = []
    for table in of:
        parts.append(f"#### `{table.file}`: {table.row}\n")
        parts.append("| column | type | unit | meaning | empty when |\n|---|---|---|---|---|")
        parts += [
            f"| `{c.name}` | {c.kind} | {c.unit} | {c.meaning} | {c.empty} |" for c in table.columns
        ]
        parts.append("")
    return "\n".join(parts)
