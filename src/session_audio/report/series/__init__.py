"""The report of a group over its sessions.

- `content`: its sections in order; `page`: what they share.
- `members`: each person against their own past; `arcs`: strain and repair across sessions;
  `indicators`: numbers that the literature ties to a group's stages.
"""
