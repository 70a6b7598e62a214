"""What tells who somebody is, replaced by its kind in what was said, for exports to research.

- `redactor`: `Redactor`, which puts together what the others find and replaces it.
- `spoken`: telephone numbers, e-mails, web addresses and record numbers, spoken or written.
- `runs`: numbers in pieces, digit by digit, with letters between.
- `written`: addresses, dates, and people by a title or a relation.

A model that tells names of people, places and organisations is handed in
(`ports.NameReader`); without one, capitals and the roster do what they can.
"""

from session_audio.redaction.redactor import Kind, Redacted, Redactor, Span

__all__ = ["Kind", "Redacted", "Redactor", "Span"]
