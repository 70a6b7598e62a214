"""From speech to words with times."""
