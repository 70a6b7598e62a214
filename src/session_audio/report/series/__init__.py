"""The report of a group over its sessions."""
