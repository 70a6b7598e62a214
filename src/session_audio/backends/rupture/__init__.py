"""The text classifier: a turn in context to scores of rupture and repair."""
