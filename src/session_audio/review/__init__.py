"""Reviewing a session: its page made writable, on this machine alone.

`app` answers the browser and `security` says to whom; `server` runs it on loopback.  `desk` is one
session under review: `journal` keeps the operations, `recompute` makes what follows from them,
`page` and `model` are what is shown, and `voices` looks for what deserves a look.
"""
