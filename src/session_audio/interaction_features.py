"""Features."""

import numpy as np
from numpy.typing import NDArray

from session_audio.boosting import InteractionModel
from session_audio.unit_context import Context


def backchannel_rows(context: Context, model: InteractionModel) -> NDArray[np.float64]:
    """Rows."""
    return np.zeros((len(context.units), 1))
