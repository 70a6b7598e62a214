"""Names of people, places and organisations, by a spaCy model (the ``redact`` extra).

The model was trained on written English.  A recogniser writes names small now and then, so a text
without capitals is also read with capitals on words that are no ordinary ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from session_audio.names.ordinary import is_ordinary
from session_audio.names.text import WORD

KINDS = {
    "PERSON": "person",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "ORG": "organisation",
}
_NOT_NEEDED = ["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]


class SpacyNames:
    """A `ports.NameReader`.

    Parameters
    ----------
    folder : Path
        The model, as spaCy keeps it; it holds no pickle.
    """

    def __init__(self, folder: Path) -> None:
        import spacy

        self._model: Any = spacy.load(folder, exclude=_NOT_NEEDED)

    def __call__(self, texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
        """See `ports.NameReader`."""
        cased = [_with_capitals(text) for text in texts]
        return [
            [
                (entity.start_char, entity.end_char, KINDS[entity.label_])
                for entity in document.ents
                if entity.label_ in KINDS and any(c.isalpha() for c in entity.text)
            ]
            for document in self._model.pipe(cased)
        ]


def _with_capitals(text: str) -> str:
    """`text`, as long, with capitals on what is no ordinary word where it has none."""
    if any(c.isupper() for c in text):
        return text
    return WORD.sub(lambda m: m.group() if is_ordinary(m.group()) else m.group().capitalize(), text)
