"""From the diarizer's speaker labels to participants.

Contents, in the order of the flow:

- `align`: each word gets the label of who spoke it.
- `identify`: each label becomes a participant, or stays unknown.
- `profiles`: the voice profiles of a group's members, kept in its folder.
- `enrolment`: a voice sample for a profile, from a clip or a session.

Words used: a **label** is the diarizer's name for one speaker of a recording (``S01``); a
**voice profile** is what is kept of a participant's voice (embeddings, never sound).  A word
or label of nobody known becomes ``unattributed``: in `align` for a word near nobody's speech,
in `identify` for a label with too little speech to be a person.
"""
