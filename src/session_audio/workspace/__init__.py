"""A group's folder: its manifests, the consent they record, and what each session's `out` holds.

- `folders`: which folders are sessions.
- `manifest`: ``group.toml`` and ``session.toml`` as `Group` and `Session`.
- `consent`: the one rule by which a session is admitted.
- `store`: files of a session's ``out``, whether a stage's are fresh, where they came from.
"""
