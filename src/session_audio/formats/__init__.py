"""Readers and writers of files that others use: transcripts, diarizations, tables.

- `rttm`, `seglst`: who spoke when; who said what.  Written and read.
- `transcripts` reads by the format's own module: `captions` (WebVTT, SRT), `csv_transcript`,
  `ctm` (CTM, STM), `elan`, `textgrid`; each gives `utterance.Utterance`.
- `columns` declares our tables; `frames` fills them, `tables` writes and reads one, `stacked`
  joins those of many sessions; `webvtt` writes captions.
- `outputs`: everything that a session or a group publishes.

Times are seconds from the start of the recording.  ``docs/formats.md`` describes every file.
"""
