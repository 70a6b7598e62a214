"""What people read: the session report, the group over the weeks, a member's own report.

- `session`: the sections of a session's report, in order; `sections/` holds one module each.
- `series/`: the group over its sessions.  `overview`: several groups.
- `member`, `own_words`: one member's own report.
- `elements`: what a report is made of; `page`: what its sections share.
- `naming`: how people are called, and what hides names; `wording`: all words, a file a language.
- `figures/` draws; `output/` sets the same elements as HTML and as PDF.
"""

from session_audio.report.output.writing import (
    write_group_report,
    write_member_report,
    write_overview,
    write_session_report,
)

__all__ = ["write_group_report", "write_member_report", "write_overview", "write_session_report"]
