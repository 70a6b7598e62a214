"""A group over its sessions.

- `trends`: each member against their own earlier sessions; arcs of strain and repair.
- `comparison`: one value against earlier ones, with intervals; many corrected together.
"""
