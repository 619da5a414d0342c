"""The frame of a chest, by its carina or, where that is not in the Volume, by its lungs."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.imaging.anatomy.lungs import LungMask, lung_box, segment_lungs
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import Volume
from pe_models.placing.frame import chest_frame


def lungs_of(volume: Volume, n_slices: int) -> LungMask:
    shape = (n_slices, *volume.geometry.shape[1:])
    return segment_lungs(volume.hu[:n_slices], Geometry.axial(shape, volume.geometry.spacing_mm))


def test_the_carina_of_a_chest_lies_near_its_middle(tiny_chest: Volume) -> None:
    lungs, spacing_mm = lungs_of(tiny_chest, 20), tiny_chest.geometry.spacing_mm
    frame, box = chest_frame(lungs, spacing_mm), lung_box(lungs)
    assert frame.is_seen
    middle_of_lungs = (frame.carina[0], frame.carina[1], 0.5 * (box.col_min + box.col_max - 1))
    assert abs(frame.offset(middle_of_lungs).left_mm) < 15.0


def test_what_is_to_the_left_behind_and_above_has_positive_offsets(tiny_chest: Volume) -> None:
    frame = chest_frame(lungs_of(tiny_chest, 20), tiny_chest.geometry.spacing_mm)
    slice_index, row, col = frame.carina
    offset = frame.offset((slice_index + 1, row + 2, col + 3))
    slice_mm, row_mm, col_mm = tiny_chest.geometry.spacing_mm
    assert (offset.up_mm, offset.back_mm, offset.left_mm) == pytest.approx(
        (slice_mm, 2 * row_mm, 3 * col_mm)
    )


def test_below_the_carina_the_middle_of_the_lungs_stands_in(tiny_chest: Volume) -> None:
    lungs = lungs_of(tiny_chest, 8)
    frame, box = chest_frame(lungs, tiny_chest.geometry.spacing_mm), lung_box(lungs)
    assert not frame.is_seen
    assert frame.carina[2] == 0.5 * (box.col_min + box.col_max - 1)
    assert 0 <= frame.carina[0] <= 7


def test_a_volume_without_lungs_has_no_frame(tiny_chest: Volume) -> None:
    lungs = lungs_of(tiny_chest, 8)
    empty = replace(lungs, mask=np.zeros_like(lungs.mask), inside=np.zeros_like(lungs.inside))
    with pytest.raises(ValueError, match="no lungs"):
        chest_frame(empty, tiny_chest.geometry.spacing_mm)
