"""Candidate moments of rupture and repair, with their evidence."""
