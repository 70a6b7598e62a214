"""Turns by themselves, each with up to three before it."""
