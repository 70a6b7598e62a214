"""Results against references: error rates that sum over sessions.

- `evaluation`: DER, JER, number of speakers, shares, attribution; WER, cpWER, tcpWER.
- `session_score`: all of these for one session's folder.
"""
