"""The parts of a session's report: a module each.

`brief` is the first screen, with the lanes of `timeline`.  The others have one ``section(page)``:
`moments`, `transcript`, `summary`, `participation`, `interruptions`, `network`, `ratings`, `head`,
`method`, in that order (`session_audio.report.session`).  `glance` and `past` are parts of
`summary`, and `error_rates` serves `brief`, `head` and `method`.
"""
