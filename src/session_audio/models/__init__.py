"""The weights: what they are, getting them, checking them."""
