"""What a reviewer decided, applied to what the software found.

Each module takes values and operations of a session's ``review.json`` and returns values:
`voices` (who speaks, and when), `mending` (words), `events`, `moments`, and `in_files` (what was
changed by hand in a file of ``out/work``).  An operation that no
longer fits what was found is passed over and marked ``"fits": false``; nothing here reads a file.
`operations` says what an operation may hold.
"""
