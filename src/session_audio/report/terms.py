"""Which words at a number belong to which definition, so that it can be read where it stands."""

from __future__ import annotations

SESSION = {
    "brief.hear": "candidate",
    "brief.talk": "share",
    "brief.silence": "lapse",
    "brief.cut_off": "interruption",
    "brief.past": "baseline",
    "turning.quieter": "quieter",
    "turning.between": "between",
    "timeline.key_cut": "interruption",
    "timeline.key_backchannel": "backchannel",
    "timeline.key_lapse": "lapse",
    "timeline.key_candidate": "candidate",
    "columns.time": "share",
    "columns.share": "share",
    "columns.talk": "share",
    "columns.turns": "turn",
    "columns.cut_in": "interruption",
    "columns.was_cut": "interruption",
    "columns.successful": "interruption",
    "columns.given": "backchannel",
    "columns.received": "backchannel",
    "columns.cooperative": "cooperative",
    "columns.terminal": "terminal",
    "columns.dual": "dual",
    "columns.median_response": "offset",
    "columns.answered": "answers",
    "columns.answers": "answers",
    "columns.expected": "expected",
    "columns.candidates": "candidate",
}
"""Words of a session's report."""
SERIES = {
    "weeks.fall": "fall",
    "weeks.fading": "fading",
    "weeks.back": "fading",
    "weeks.open": "open",
    "turning.quieter": "quieter",
    "turning.between": "between",
    "weeks.shares": "baseline",
    "weeks.told": "candidate",
    "weeks.key_share": "share",
    "weeks.key_cuts": "interruption",
    "ledger.column_candidate": "candidate",
    "ledger.column_closed": "open",
    "ledger.column_talk": "share",
}
"""Words of a series."""
BEFORE = {
    "weeks.fading": "fading",
    "weeks.back": "fading",
    "weeks.open": "open",
    "before.rupture": "candidate",
}
"""Words of the half page before a session."""
OVERVIEW = {"overview.column_open": "open", "overview.column_fading": "fading"}
"""Words of the page over groups."""
