"""Results against references: error rates that sum over sessions."""
