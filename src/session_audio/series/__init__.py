"""A group over its sessions: trends, and each session against those before."""
