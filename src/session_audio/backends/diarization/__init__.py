"""Speaker diarization: who spoke when, overlap included.

The steps of `diarizer.GroupDiarizer`, in order, each a module:

1. `pyannet`, `local_activity`: end-to-end segmentation of overlapping chunks into local
   speakers (powerset classes, Plaquet & Bredin 2023; multilabel, Bredin & Laurent 2021), put
   on one grid of 100 frames a second.
2. `speech_activity`: speaker count of each frame (0 to 3), pauses cut by level, gaps filled
   (``min_duration_off``) and short bursts dropped (``min_duration_on``).
3. `windows`: speaker embeddings on a regular grid (`session_audio.backends.embedding`), and
   which of these windows hold one speaker alone.
4. `clustering`: tracklets of neighbouring windows, average linkage, reassignment, merging to
   the number of speakers.
5. `likelihood`: log likelihood of each speaker and each pair at every step of 40 ms, whitened
   by the within-speaker covariance (WCCN, Hatch, Kajarekar & Stolcke 2006).
6. `local_mapping`: local speakers of each chunk mapped to speakers, with probabilities.
7. `resegmentation`: Viterbi search for the best sequence of speaker sets.
8. `short_stretches`: short talk under another's judged once more, from its own sound alone.

`tracks` diarizes one track a participant instead, by speech activity and level; it needs
steps 1 and 2 only.  `pyannote_pipeline` holds pyannote.audio's own pipelines behind the same
port (`session_audio.ports.Diarizer`): the classic and hub profiles, and the baseline, over
the model that `segmentation` reads.
"""
