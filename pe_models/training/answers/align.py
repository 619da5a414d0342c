"""Alignment: from the embedding of one slice net to that of another.

Two nets trained apart give the same slice numbers whose axes mean different things. A sequence net
that learns from what one says, and later reads the other, needs them in one language: a linear map,
fitted on slices that both have described.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Embeddings = NDArray[np.float32]
"""(slice, embedding)."""

_RIDGE: Final = 1e-2
"""Of the mean variance. The fewer slices there are, the closer the map stays to the identity."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """``wanted = given @ matrix + offset``; ``matrix`` (embedding, embedding)."""

    matrix: Floats
    offset: Floats

    def apply(self, given: Embeddings) -> Embeddings:
        return (given.astype(np.float64) @ self.matrix + self.offset).astype(np.float32)


@dataclass(slots=True, eq=False)
class AlignmentFit:
    """Least squares with a ridge on the map's distance from the identity, study by study."""

    n_slices: int = 0
    _given: Floats | float = 0.0
    _change: Floats | float = 0.0
    _squares: Floats | float = 0.0
    _products: Floats | float = 0.0

    def add(self, given: Embeddings, wanted: Embeddings) -> None:
        """What the two nets say of the same slices."""
        x = given.astype(np.float64)
        change = wanted.astype(np.float64) - x
        self.n_slices += len(x)
        self._given, self._change = self._given + x.sum(axis=0), self._change + change.sum(axis=0)
        self._squares, self._products = self._squares + x.T @ x, self._products + x.T @ change

    def solve(self) -> Alignment:
        """Raises ValueError where nothing was added."""
        if not self.n_slices:
            raise ValueError("no slices to align two nets on")
        mean = np.asarray(self._given) / self.n_slices
        change = np.asarray(self._change) / self.n_slices
        squares = np.asarray(self._squares) / self.n_slices - np.outer(mean, mean)
        products = np.asarray(self._products) / self.n_slices - np.outer(mean, change)
        ridge = _RIDGE * max(float(np.trace(squares)) / len(mean), 1e-12)
        identity = np.eye(len(mean))
        moved = np.linalg.solve(squares + ridge * identity, products)
        matrix = identity + moved
        return Alignment(matrix, mean + change - mean @ matrix)
