"""The circle in the pulmonary trunk, on a chest of ellipses whose aorta is nearly as bright."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pe_models.errors import InputError
from pe_models.imaging.geometry import Geometry
from pe_viewer.display.trunk import find_trunk

SHAPE = (50, 120, 140)
SPACING_MM = (4.0, 2.5, 2.5)
AIR, LUNG, TISSUE = -1000, -850, 40
TRUNK_HU, AORTA_HU, WALL_HU = 400, 360, 260
CARINA = 30
TRUNK, RIGHT_ARTERY, AORTA = (42, 76, 6, 5), (49, 69, 4, 11), (41, 67, 5, 5)
"""Row, col, half rows and half cols. The artery to the right passes behind the aorta."""


def ellipse(row: float, col: float, half_rows: float, half_cols: float) -> NDArray[np.bool_]:
    rows, cols = np.ogrid[: SHAPE[1], : SHAPE[2]]
    inside: NDArray[np.bool_] = ((rows - row) / half_rows) ** 2 + (
        (cols - col) / half_cols
    ) ** 2 <= 1
    return inside


def draw_chest() -> NDArray[np.int16]:
    """Lungs, an airway that splits at ``CARINA``, and vessels with a thin wall between them."""
    hu = np.full(SHAPE, AIR, dtype=np.int16)
    hu[:, ellipse(60, 69, 44, 62)] = TISSUE
    for index in range(5, 45):
        half = float(np.sqrt(max(0.0, 1 - ((index - 22) / 22) ** 2)))
        for col in (38, 100):
            if half > 0:
                hu[index, ellipse(60, col, 30 * half, 20 * half)] = LUNG
    for index in range(20, 50):
        apart = 0.0 if index > CARINA else 4 + (CARINA - index) * 0.5
        for side in (-1, 1):
            hu[index, ellipse(55, 69 + side * apart, 3, 2.6)] = AIR
    row, col, half_rows, half_cols = AORTA
    for vessel in (TRUNK, RIGHT_ARTERY):
        hu[20:31, ellipse(*vessel)] = TRUNK_HU
    hu[20:31, ellipse(row, col, half_rows + 1.2, half_cols + 1.2)] = WALL_HU
    hu[20:31, ellipse(*AORTA)] = AORTA_HU
    noise = np.random.default_rng(1).normal(0, 10, SHAPE)
    return (hu + noise).astype(np.int16)


def test_a_thin_wall_keeps_the_circle_out_of_an_aorta_nearly_as_bright() -> None:
    """Taken as one vessel, they would be widest where they touch."""
    region = find_trunk(draw_chest(), Geometry.axial(SHAPE, SPACING_MM))
    (top, left), (bottom, right) = region.ellipse.start, region.ellipse.end
    arteries = ellipse(*TRUNK) | ellipse(*RIGHT_ARTERY)
    assert arteries[round((top + bottom) / 2), round((left + right) / 2)]
    assert region.stats.mean_hu == pytest.approx(TRUNK_HU, abs=10)
    assert region.stats.sd_hu < 25


def test_what_is_no_chest_has_no_trunk() -> None:
    with pytest.raises(InputError, match="trunk was not found"):
        find_trunk(np.full(SHAPE, TISSUE, dtype=np.int16), Geometry.axial(SHAPE, SPACING_MM))
