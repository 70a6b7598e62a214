"""Who spoke when: segmentation, voices, and which of them talks when."""
