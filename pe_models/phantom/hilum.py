"""Lymph nodes and soft tissue between pulmonary arteries and bronchi: what mimics a clot."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.tubes import Tubes, joined, tube

_STATIONS: Final = (
    (-46, 12, -34), (-40, 4, -18), (-54, 18, -50), (-14, 2, -14), (2, 14, -22), (16, 4, -6),
    (42, 8, -30), (50, 14, -44), (48, 4, -8), (-22, -12, 8), (14, -18, 8), (-56, 24, -74),
    (58, 24, -72),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class HilarNodes:
    """Nodes as short thick tubes of soft tissue."""

    tubes: Tubes

    @classmethod
    def draw(cls, seed: int) -> "HilarNodes":
        rng = stream(seed, "nodes")
        parts = []
        for index, station in enumerate(_STATIONS):
            for _ in range(int(rng.integers(1, 4))):
                centre = np.asarray(station) + rng.normal(0, 3.5, size=3)
                along = rng.normal(size=3)
                along *= rng.uniform(1.5, 5.0) / np.linalg.norm(along)
                radius = rng.uniform(1.6, 4.2)
                parts.append(tube([centre - along, centre + along], radius, owner=index))
        return cls(joined(parts))
