"""Voice embeddings: from the sound of one voice to a unit vector."""
