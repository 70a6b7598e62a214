"""Candidate moments of rupture and repair: prior, evidence, moments, candidates."""
