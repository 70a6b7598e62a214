"""The sections of a session's report, a module each."""
