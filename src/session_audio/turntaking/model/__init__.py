"""The trained interaction model: backchannels, interruptions, and whom a turn answers.

Three sets of boosted trees and the tables of words that their features read, in one JSON file
(``models/interaction/model.json``; its card: ``models/cards/interaction.md``).  The file names
the features of each set and holds the limit from which a unit counts (`threshold`).

Contents: `backchannel_features`, `interruption_features` and `response_features` compute the
features by name; `features` is the table they fill, `readings` what the first two share;
`trees` evaluates a set; `backoff` and `wording` are the tables of words.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from session_audio.errors import ModelError
from session_audio.turntaking.model.backchannel_features import BACKCHANNEL_FEATURES
from session_audio.turntaking.model.backoff import BackoffTable, WordTables
from session_audio.turntaking.model.interruption_features import INTERRUPTION_FEATURES
from session_audio.turntaking.model.response_features import RESPONSE_FEATURES
from session_audio.turntaking.model.trees import Trees
from session_audio.turntaking.model.wording import TokenWeights

FORMAT = "session-audio interaction model 1"
TRAIN_AGAIN = "Train it again with training/interaction/train.py."


@dataclass(frozen=True)
class InteractionModel:
    """Tells backchannels and interruptions, and whom a turn answers."""

    backchannel: Trees
    interruption: Trees
    response: Trees
    tables: WordTables
    revision: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values; `load` reads them back.

        The file says ``cut`` for the interruption trees and ``chances`` for probabilities.
        """
        return {
            "format": FORMAT,
            "revision": self.revision,
            "backchannel": self.backchannel.to_json(),
            "cut": self.interruption.to_json(),
            "response": self.response.to_json(),
            "tables": {
                name: {"prior": table.prior, "chances": dict(table.probabilities)}
                for name, table in (
                    ("complete", self.tables.complete),
                    ("question", self.tables.question),
                    ("backchannel", self.tables.backchannel),
                    ("incoming", self.tables.incoming),
                )
            },
            "wording": {
                "bias": self.tables.wording.bias,
                "weights": dict(self.tables.wording.weights),
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
            hint=TRAIN_AGAIN,
        ) from None
    for what, trees, computed in (
        ("backchannel", model.backchannel, BACKCHANNEL_FEATURES),
        ("interruption", model.interruption, INTERRUPTION_FEATURES),
        ("response", model.response, RESPONSE_FEATURES),
    ):
        if difference := _other_features(trees.features, computed):
            raise ModelError(
                f"the {what} trees of {path.name} were trained on other features: {difference}",
                hint=TRAIN_AGAIN,
            )
    return model


def _other_features(trained: tuple[str, ...], computed: Collection[str]) -> str:
    """How the features of a model differ from those computed; empty where they do not."""
    parts = (
        ("not computed here", [name for name in trained if name not in computed]),
        ("not in the model", [name for name in computed if name not in trained]),
        ("named twice", [name for name in computed if trained.count(name) > 1]),
    )
    return "; ".join(f"{what}: {_few(names)}" for what, names in parts if names)


def _few(names: list[str]) -> str:
    listed = ", ".join(str(name) for name in names[:3])
    return listed if len(names) <= 3 else f"{listed} and {len(names) - 3} more"


def _from_json(plain: Mapping[str, Any]) -> InteractionModel:
    if plain["format"] != FORMAT:
        raise ValueError
    tables = {
        name: BackoffTable(float(table["prior"]), dict(table["chances"]))
        for name, table in plain["tables"].items()
    }
    wording = TokenWeights(
        {token: float(weight) for token, weight in plain["wording"]["weights"].items()},
        float(plain["wording"]["bias"]),
    )
    return InteractionModel(
        Trees.from_json(plain["backchannel"]),
        Trees.from_json(plain["cut"]),
        Trees.from_json(plain["response"]),
        WordTables(**tables, wording=wording),
        str(plain["revision"]),
    )
