"""From a recording as it is to mono sound at a standard loudness."""
