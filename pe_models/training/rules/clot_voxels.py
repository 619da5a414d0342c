"""Which embolus of a phantom a place lies in, from its voxels and what is told of its emboli."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.findings import ArteryLevel
from pe_models.placing.peaks import NEAR_CLOT_MM
from pe_models.training.store import Embolus

Triple = tuple[float, float, float]

_TOUCHING: Final = np.ones((3, 3, 3), dtype=np.bool_)


class ClotVoxels:
    """The clots of one study, ``is_clot[slice, row, col]``, in pieces that touch within."""

    def __init__(
        self, is_clot: NDArray[np.bool_], emboli: Sequence[Embolus], spacing_mm: Triple
    ) -> None:
        from scipy.spatial import cKDTree

        pieces, _ = ndimage.label(is_clot, _TOUCHING)
        self._voxels = np.argwhere(pieces)  # (voxel, 3)
        self._piece = pieces[tuple(self._voxels.T)]  # (voxel,)
        self._emboli, self._spacing_mm = tuple(emboli), np.asarray(spacing_mm)
        self._tree = cKDTree(self._voxels * self._spacing_mm) if len(self._voxels) else None

    def at(self, place: Triple) -> tuple[bool, ArteryLevel | None]:
        """Whether a place (slice, row, col) lies in a clot, and at which level, where it is told.

        Emboli are told by their slices. A piece is the embolus that has just its slices, or else
        the one whose slices hold it; where several emboli make one piece, those on the place's
        slice count, if they are of one level.
        """
        if self._tree is None:
            return False, None
        distance_mm, nearest = self._tree.query(np.asarray(place) * self._spacing_mm)
        if distance_mm > NEAR_CLOT_MM:
            return False, None
        slices = self._voxels[self._piece == self._piece[nearest], 0]
        return True, self._level(int(slices.min()), int(slices.max()), self._voxels[nearest, 0])

    def _level(self, first: int, last: int, at: int) -> ArteryLevel | None:
        just = [e for e in self._emboli if (e.first, e.last) == (first, last)]
        around = [e for e in self._emboli if e.first <= first and last <= e.last]
        parts = [e for e in self._emboli if first <= e.first <= at <= e.last <= last]
        levels = {e.level for e in just or around or parts}
        return ArteryLevel(levels.pop()) if len(levels) == 1 else None
