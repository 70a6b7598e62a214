"""The models: the only place that imports torch, pyannote, faster_whisper, transformers.

`load` finds and loads them (start there); each package holds the adapters of one port of
`session_audio.ports`, and what they need:

- `diarization`: who spoke when;
- `embedding`: the sound of one voice as a unit vector, for diarization and voice profiles;
- `transcription`: words with times;
- `rupture`: scores of rupture and repair for a turn in context.

`workers` runs batches on several processors.
"""

from session_audio import offline

offline.silence()  # before any of the libraries is imported
