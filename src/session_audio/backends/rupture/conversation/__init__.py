"""Whole conversations, each turn with what was said before and after it."""
