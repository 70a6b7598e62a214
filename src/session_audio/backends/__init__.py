"""The models: the only place that imports torch, pyannote, faster_whisper, transformers."""
