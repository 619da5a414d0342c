"""Cells of the maps are where they are in the Volume and in the chest."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.findings import Crop
from pe_models.placing.evidence import EvidenceMaps
from pe_models.placing.frame import ChestFrame, Offset


@pytest.fixture
def maps() -> EvidenceMaps:
    frame = ChestFrame((10.0, 40.0, 100.0), (2.5, 0.5, 0.6), is_seen=True)
    clot = np.zeros((4, 5, 8), dtype=np.float16)
    return EvidenceMaps(clot, clot > 0, Crop(20, 40, 60, 108), frame)


def test_a_cell_covers_as_many_pixels_as_the_crop_has_for_it(maps: EvidenceMaps) -> None:
    assert maps.step_mm == pytest.approx((2.5, 4 * 0.5, 6 * 0.6))


def test_the_middles_of_the_corner_cells_lie_half_a_cell_within_the_crop(
    maps: EvidenceMaps,
) -> None:
    assert maps.voxel((0, 0, 0)) == pytest.approx((0, 21.5, 62.5))
    assert maps.voxel((3, 4, 7)) == pytest.approx((3, 37.5, 104.5))


def test_offsets_run_to_the_left_the_back_and_the_head(maps: EvidenceMaps) -> None:
    """Voxel (0, 21.5, 62.5) from the carina (10, 40, 100)."""
    assert maps.offset((0, 0, 0)) == Offset(
        left_mm=pytest.approx(-37.5 * 0.6), back_mm=pytest.approx(-18.5 * 0.5), up_mm=-25.0
    )


def test_maps_of_different_shapes_are_refused(maps: EvidenceMaps) -> None:
    with pytest.raises(ValueError, match="shapes"):
        replace(maps, vessel=maps.vessel[:, :, 1:])
