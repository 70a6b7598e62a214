"""Turn-taking: inter-pausal units, turns, backchannels, interruptions, and who answers whom.

Contents, in the order of the flow:

- `ipu`: inter-pausal units from words, from diarized speech, or from both.
- `backchannels`: which units are backchannels; where its limit is decided.
- `turns`: turns made of the other units.
- `interactions`: backchannels, overlaps and interruptions as events; `interruptions` asks the
  trained model who was interrupted.
- `responses`: whom each turn answers.
- `basis`: whether the model, rules by words, or timing alone decides.
- `lexicon`, `context`, `talk_time`: word lists, what surrounds a unit, how long who talks.
- `model`: the trained model, and a module for the features of each of its three parts.

Conventions: times are seconds from the start of the recording, stretches are half-open
``[start, end)``, units and turns stand in order of start.  Lengths are compared with limits
by `interval.exceeds` and `interval.reaches`, so that the place in the recording decides
nothing.  Speech of nobody known is ``unattributed`` (`ipu.speaker_of`): it makes units and
turns like anybody's and may hold the floor, but no turn responds to it
(`responses.assign_responses`).  The definitions and their sources are in
``docs/metrics.md``; each module repeats its own.  A work marked † is cited for the idea: its
figures were not checked against the text.  *Ours* marks a choice of this software.
"""
