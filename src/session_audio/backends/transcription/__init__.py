"""Automatic speech recognition: words with times.

The steps of `transcriber.WhisperTranscriber`, in order:

1. voice activity detection (Silero VAD, which faster-whisper carries);
2. `chunks`: speech grouped to chunks of about 28 s, long silences left out;
3. Whisper (Radford et al. 2022) decodes chunks in batches, with word times from its
   cross-attention; a chunk that came out as a loop once more, with repeats barred;
4. hallucinations are dropped: chunks that the model doubts, words without voice activity;
5. speech that no word accounts for is decoded by itself.
"""
