"""From a recording as it is to mono sound at 16 kHz and a standard loudness.

- `media`: opens a recording and reads what it claims.
- `decoding`: blocks of mono sound from any format.
- `loudness`: levels in dB relative to full scale, speech and noise, the gain.
- `ingest`: the stage's work, a file in and a file out, and `ingest.load_audio`, which reads it.
"""
