"""Which samples a step sees: a function of (seed, step) alone, so that a resumed run is exact.

Each stratum is an endless stream: permutation after permutation of its members, drawn from
(seed, stratum, epoch).
"""

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

Indices = NDArray[np.int64]


class Stream:
    """Endless permutations of ``members``; position k is the same in every process and run."""

    def __init__(self, members: Indices, *, seed: int, stratum: int = 0) -> None:
        if members.size == 0:
            raise ValueError("a stratum without members")
        self._members = members
        self._permutation = lru_cache(maxsize=2)(
            lambda epoch: np.random.default_rng((seed, stratum, epoch)).permutation(members)
        )

    def take(self, first: int, count: int) -> Indices:
        """Members at positions ``first`` to ``first + count - 1``."""
        size = self._members.size
        places = [divmod(k, size) for k in range(first, first + count)]
        return np.array([self._permutation(epoch)[i] for epoch, i in places], dtype=np.int64)


class StratifiedSampler:
    """Batches with a fixed share of each stratum; empty strata give theirs to the others."""

    def __init__(self, strata: list[tuple[float, Indices]], *, batch_size: int, seed: int) -> None:
        """``strata`` are (share, members); raises ValueError where all are empty."""
        filled = [(share, members) for share, members in strata if members.size]
        total = sum(share for share, _ in filled)
        self._streams = [
            Stream(members, seed=seed, stratum=i) for i, (_, members) in enumerate(filled)
        ]
        ends = np.cumsum([share / total for share, _ in filled]) * batch_size
        edges = np.concatenate([[0], np.round(ends)]).astype(int)
        self._counts = np.diff(edges).tolist()

    def batch(self, step: int) -> Indices:
        """Members of step ``step``, stratum after stratum."""
        pairs = zip(self._streams, self._counts, strict=True)
        return np.concatenate([stream.take(step * n, n) for stream, n in pairs])


def balanced_slices(
    labels: NDArray[np.float32], is_positive_exam: NDArray[np.bool_]
) -> list[tuple[float, Indices]]:
    """Half positive slices; a quarter negative ones of positive exams, a quarter of the others.

    ``labels`` (slice,) are 0, 1, or NaN, which no stratum holds.
    """
    positive, negative = labels == 1, labels == 0
    return [
        (0.5, np.flatnonzero(positive)),
        (0.25, np.flatnonzero(negative & is_positive_exam)),
        (0.25, np.flatnonzero(negative & ~is_positive_exam)),
    ]


def every_slice(labels: NDArray[np.float32]) -> list[tuple[float, Indices]]:
    """Every slice whose label is known, as often as the others."""
    return [(1.0, np.flatnonzero(~np.isnan(labels)))]


def step_seed(seed: int, step: int) -> int:
    """Seed of all that is random within one step."""
    return seed * 1_000_003 + step


def step_generator(seed: int, step: int) -> torch.Generator:
    generator = torch.Generator()
    generator.manual_seed(step_seed(seed, step))
    return generator
