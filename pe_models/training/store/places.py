"""Where training crops are centred: at clots, at arteries, anywhere in the body.

Found once, when a study enters the store: ``KEY.places.npy`` is int16 (place, 4: kind, slice, row,
col).
"""

from enum import IntEnum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pe_models.training.store.tissue_labels import TissueLabel

Table = NDArray[np.int16]
Places = NDArray[np.int64]
"""(place, 3: slice, row, col)."""


class PlaceKind(IntEnum):
    """The first column of the table."""

    CLOT = 0
    ARTERY = 1
    BODY = 2


_MOST: Final = 4000
"""Places of one kind that are kept of a study."""
_CROWD_MM: Final = 21.0
_BODY_HU: Final = -950
_BODY_STEP_PX: Final = 8


def find_places(
    hu: NDArray[np.int16], labels: NDArray[np.uint8], *, pixel_mm: float, seed: int
) -> Table:
    """The table of one study; ``hu`` and ``labels`` are ``[slice, row, col]``."""
    rng = np.random.default_rng(seed)
    crowd_px = 2 * round(0.5 * _CROWD_MM / pixel_mm) + 1
    clot = labels == TissueLabel.CLOT
    found = {
        PlaceKind.CLOT: _thinned(clot, crowd_px, rng),
        PlaceKind.ARTERY: _thinned((labels == TissueLabel.ARTERY) | clot, crowd_px, rng),
        PlaceKind.BODY: _in_body(hu, rng),
    }
    rows = [np.column_stack([np.full(len(at), kind), at]) for kind, at in found.items()]
    return np.concatenate(rows).astype(np.int16)


def places_of(table: Table, kind: PlaceKind) -> Places:
    return table[table[:, 0] == kind, 1:].astype(np.int64)


def _thinned(mask: NDArray[np.bool_], crowd_px: int, rng: np.random.Generator) -> Places:
    """Places of ``mask``; the more of it lies near, the less each counts, so that thin vessels
    are as often as thick ones.
    """
    places: Places = np.argwhere(mask)
    if not len(places):
        return places
    held = np.unique(places[:, 0])
    crowd = np.zeros(mask.shape, dtype=np.float32)
    for index in held:
        crowd[index] = cv2.blur(mask[index].astype(np.float32), (crowd_px, crowd_px))
    weight = 1.0 / np.maximum(crowd[tuple(places.T)], 1e-3)
    keep = rng.random(len(places)) < weight * (_MOST / weight.sum())
    return places[keep] if keep.any() else places[:1]


def _in_body(hu: NDArray[np.int16], rng: np.random.Generator) -> Places:
    step = _BODY_STEP_PX
    places: Places = np.argwhere(hu[:, ::step, ::step] > _BODY_HU) * np.array([1, step, step])
    chosen: Places = rng.permutation(places)[:_MOST]
    return chosen
