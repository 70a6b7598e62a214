"""Names of people: whose a word is, exactly or as a recogniser may have heard it.

- `matcher`: `NameMatcher`, the one place where names are looked for.
- `likeness`: how like a name a word is, by spelling and by sound.
- `ordinary`: which words are ordinary ones.
"""

from session_audio.names.matcher import Found, NameMatcher

__all__ = ["Found", "NameMatcher"]
