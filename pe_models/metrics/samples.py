"""What every measure begins with: the samples whose truth is known."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

Z_95: Final = 1.959963984540054
"""Of the standard normal distribution, 95 % lies within so many standard deviations."""


def known_samples(truth: ArrayLike, scores: ArrayLike) -> tuple[Floats, Floats]:
    """Truth and scores, (sample,) each, where the truth is known.

    Raises ValueError for other shapes, truth that is neither 0, 1 nor NaN, and scores of NaN.
    """
    target, values = np.asarray(truth, np.float64), np.asarray(scores, np.float64)
    if target.ndim != 1 or target.shape != values.shape:
        raise ValueError(f"truth has shape {target.shape}, scores {values.shape}")
    known = ~np.isnan(target)
    target, values = target[known], values[known]
    if not np.all((target == 0) | (target == 1)):
        raise ValueError("truth has values that are neither 0 nor 1")
    if np.isnan(values).any():
        raise ValueError("scores have values that are no numbers")
    return target, values
