"""Measures of a session: participation, timing, interruption, network."""
