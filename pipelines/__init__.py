"""The flows: one session, and a group of them."""
