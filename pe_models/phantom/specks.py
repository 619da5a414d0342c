"""Specks: bits of clot too small in a slice for any reader to call."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_CLOT_MM2: Final = 1.5
"""About three voxels of 0.7 mm; what covers less in a slice is not said to be there."""


def without_specks(mask: NDArray[np.uint8], pixel_mm2: float) -> NDArray[np.uint8]:
    """``mask`` (rows, cols), 0 or the number of a clot, less what hangs together too little.

    It looks at touching voxels, corners included, and so at a part of a slice as at the whole.
    """
    if pixel_mm2 >= LEAST_CLOT_MM2 or not mask.any():
        return mask
    _, piece, stats, _ = cv2.connectedComponentsWithStats((mask > 0).astype(np.uint8))
    is_seen = stats[:, cv2.CC_STAT_AREA] * pixel_mm2 >= LEAST_CLOT_MM2
    kept: NDArray[np.uint8] = mask * is_seen[piece]
    return kept
