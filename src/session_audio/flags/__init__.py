"""Candidate moments of rupture and repair (3RS, adapted to groups).

In the order of the work:

- `candidates`: turns in context for the text classifier; then all below, joined to `Flag` values.
- `prior`: probabilities of a session's turns, from the classifier's.
- `moments`: utterances grouped into moments, strain and repair linked, those reported selected.
- `evidence`: what happened around a moment, measured.

Times are seconds; scores are probabilities, added up as log odds.  A candidate is a place to
listen, never a finding.  ``docs/rupture.md`` says what each reason means.
"""
