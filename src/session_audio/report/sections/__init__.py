"""The sections of a session's report: a module each, with one ``section(page)``.

`head`, `summary`, `participation`, `timeline`, `interruptions`, `network`, `moments`, `ratings`,
`method`, in that order (`session_audio.report.session`).  `glance` and `past` are parts of
`summary`, and `error_rates` serves `head` and `method`.
"""
