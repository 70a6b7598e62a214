"""The trained interaction model: three sets of trees and the word tables they read.

Kept as one JSON file (``models/interaction/model.json``; its card: `models/cards/interaction.md`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from session_audio.errors import ModelError
from session_audio.turntaking.model.backoff import ChanceTable, WordTables
from session_audio.turntaking.model.overlap_features import BACKCHANNEL_FEATURES, CUT_FEATURES
from session_audio.turntaking.model.response_features import RESPONSE_FEATURES
from session_audio.turntaking.model.trees import Trees

FORMAT = "session-audio interaction model 1"


@dataclass(frozen=True)
class InteractionModel:
    """Tells backchannels, cuts, and whom a turn answers."""

    backchannel: Trees
    cut: Trees
    response: Trees
    tables: WordTables
    revision: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values; `load` reads them back."""
        return {
            "format": FORMAT,
            "revision": self.revision,
            "backchannel": self.backchannel.to_json(),
            "cut": self.cut.to_json(),
            "response": self.response.to_json(),
            "tables": {
                name: {"prior": table.prior, "chances": dict(table.chances)}
                for name, table in (
                    ("complete", self.tables.complete),
                    ("question", self.tables.question),
                    ("backchannel", self.tables.backchannel),
                    ("incoming", self.tables.incoming),
                )
            },
        }


def load(path: Path) -> InteractionModel:
    """Read a model that ``training/interaction/train.py`` wrote.

    Raises
    ------
    ModelError
        When the file is missing, is not of this format, or was trained on other features.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        model = _from_json(plain)
    except FileNotFoundError:
        raise ModelError(f"{path.name} is not there", hint="Rules are used without it.") from None
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ModelError(
            f"{path.name} is not an interaction model of this version ({type(error).__name__})",
            hint="Train it again with training/interaction/train.py.",
        ) from None
    expected = (BACKCHANNEL_FEATURES, CUT_FEATURES, RESPONSE_FEATURES)
    for trees, features in zip(
        (model.backchannel, model.cut, model.response), expected, strict=True
    ):
        if trees.features != features:
            raise ModelError(
                f"{path.name} knows {len(trees.features)} features other than the code's "
                f"{len(features)}",
                hint="Train it again with training/interaction/train.py.",
            )
    return model


def _from_json(plain: Mapping[str, Any]) -> InteractionModel:
    if plain["format"] != FORMAT:
        raise ValueError
    tables = {
        name: ChanceTable(float(table["prior"]), dict(table["chances"]))
        for name, table in plain["tables"].items()
    }
    return InteractionModel(
        Trees.from_json(plain["backchannel"]),
        Trees.from_json(plain["cut"]),
        Trees.from_json(plain["response"]),
        WordTables(**tables),
        str(plain["revision"]),
    )
