"""How much the words of two people look like an interruption.

A sum of weights over tokens: the last words of who stopped and whether speech went on after
them without words, their first words when they go on, and the first words of who came in.
The weights are a logistic regression's on the labels ``%-`` of the MRDA corpus
(``training/interaction``).  Tokens hold at most three words and were seen at least six times in
the training meetings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from session_audio.interval import TOLERANCE

GAP_STEP, MOST_GAP = 0.15, 4
"""Speech after the last written word is told in steps of this many seconds, up to so many."""
TAIL = 8
"""How many of the last words count without their order."""


@dataclass(frozen=True)
class TokenWeights:
    """Log-odds by token; a token that is not known adds nothing."""

    weights: Mapping[str, float] = field(default_factory=dict)
    bias: float = 0.0

    def score(self, tokens: Iterable[str]) -> float:
        """Sum of the weights of `tokens`, and the bias.

        >>> TokenWeights({"last the": 1.5}, -2.0).score(["last the", "first no"])
        -0.5
        """
        return self.bias + sum(self.weights.get(token, 0.0) for token in tokens)


def interruption_tokens(
    said: Sequence[str], unwritten_after: float, resumed: Sequence[str], incoming: Sequence[str]
) -> list[str]:
    """Tokens of one candidate, words in plain form.

    Parameters
    ----------
    said : sequence of str
        Words of who stopped, to the stop.
    unwritten_after : float
        Seconds from the end of the last of them to the stop.
    resumed : sequence of str
        Words of the same person's next unit, where it comes soon.
    incoming : sequence of str
        Words of who came in.

    Examples
    --------
    >>> interruption_tokens(["the"], 0.2, [], ["no"])[:3]
    ['after 1', 'words 1', 'last the']
    """
    after = min(MOST_GAP, max(0, int((unwritten_after + TOLERANCE) / GAP_STEP)))
    tokens = [f"after {after}", f"words {min(10, len(said))}"]
    if said:
        last, first = said[-1], said[0]
        tokens += [f"last {last}", f"last {after} {last}", f"first {first}"]
        tokens += [f"last {' '.join(said[-n:])}" for n in (2, 3) if len(said) >= n]
        tokens += [f"before last {word}" for word in said[-2:-1]]
        tokens += [f"first {' '.join(said[:2])}"] if len(said) > 1 else []
        tokens += [f"tail {word}" for word in sorted(set(said[-TAIL:]))]
    tokens += [f"resumed {' '.join(resumed[:n])}" for n in (1, 2) if len(resumed) >= n]
    tokens += [f"incoming {' '.join(incoming[:n])}" for n in (1, 2, 3) if len(incoming) >= n]
    if incoming:
        tokens.append(f"incoming of {min(5, len(incoming))}")
        tokens += [f"turn {said[-1]} {incoming[0]}"] if said else []
    return tokens
