"""A group's folder: its manifests, the consent they record, and what each session's `out` holds."""
