"""What people read: the session report, the group over the weeks, a member's own report.

Content, figures and setting are apart: `content` builds an ordered list of elements from
a result, `figures` draws, `render` and `pdf` set the same elements as HTML and as PDF.
"""

from session_audio.report.output.writing import (
    write_group_report,
    write_member_report,
    write_session_report,
)

__all__ = ["write_group_report", "write_member_report", "write_session_report"]
