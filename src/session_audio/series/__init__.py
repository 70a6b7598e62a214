"""A group over its sessions.

- `trends`: each member against their own earlier sessions.
- `arcs`: a strain that concerns one member, and what became of it.
- `comparison`: one value against earlier ones, with intervals; many corrected together.
"""
