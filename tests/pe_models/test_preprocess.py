"""The one road from HU to the nets."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from pe_models.bundle import Preprocessing
from pe_models.findings import Crop
from pe_models.preprocess import (
    CELL_PX,
    SIDE_PX,
    Framed,
    framed_sides,
    hu_tensor,
    localizer_indices,
    localizer_inputs,
    neighbours,
    slice_inputs,
    windowed,
    windowed_stacks,
)

MM = (2.5, 0.7, 0.8)
PARAMS = Preprocessing(input_px=32, localizer_px=24, neighbour_mm=2.5)


def arrow_hu() -> torch.Tensor:
    """int16 (7, 40, 60): slice i has HU 10 i - 250, and a bright arrow in its upper right."""
    hu = (
        np.full((7, 40, 60), -250, dtype=np.int16)
        + 10 * np.arange(7, dtype=np.int16)[:, None, None]
    )
    hu[:, 4:8, 40:56] = 450
    hu[:, 4:20, 52:56] = 450
    return hu_tensor(hu)


def test_the_window_maps_its_ends_to_0_and_1() -> None:
    hu = torch.tensor([-1024, -250, 100, 450, 3000], dtype=torch.int16)
    assert windowed(hu, PARAMS).tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_a_slice_looks_the_same_whatever_its_neighbours_hold() -> None:
    hu = arrow_hu()
    changed = hu.clone()
    changed[:2] = 2000
    crop = Crop(0, 40, 0, 60)
    one = slice_inputs(hu, [5], crop=crop, spacing_mm=MM, params=PARAMS)
    other = slice_inputs(changed, [5], crop=crop, spacing_mm=MM, params=PARAMS)
    assert_close(one, other, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("slice_mm", "stack"),
    [(2.5, [2, 3, 4]), (1.25, [1, 3, 5]), (5.0, [2, 3, 4]), (0.6, [0, 3, 6])],
)
def test_neighbours_are_taken_at_a_distance_in_mm(slice_mm: float, stack: list[int]) -> None:
    found = neighbours([3], n_slices=7, slice_mm=slice_mm, neighbour_mm=2.5)
    assert found.tolist() == [stack]


def test_the_edge_slice_stands_in_for_missing_neighbours() -> None:
    found = neighbours([0, 6], n_slices=7, slice_mm=2.5, neighbour_mm=2.5)
    assert found.tolist() == [[0, 0, 1], [5, 6, 6]]


def test_channels_run_from_below_to_above_and_nothing_is_flipped() -> None:
    grey = windowed_stacks(arrow_hu(), [3], crop=Crop(0, 40, 0, 60), spacing_mm=MM, params=PARAMS)
    assert grey.shape == (1, 3, 32, 32)
    assert_close(grey[0, :, 30, 2], torch.tensor([20.0, 30.0, 40.0]) / 700)
    assert grey[0, 1, 4, 29] > 0.7
    assert grey[0, 1, 4, 2] < 0.1
    assert grey[0, 1, 29, 29] < 0.1


def test_the_crop_is_what_the_net_sees() -> None:
    hu = arrow_hu()
    crop = Crop(2, 22, 30, 60)
    inside = slice_inputs(hu, [1, 2], crop=crop, spacing_mm=MM, params=PARAMS)
    cut = slice_inputs(
        hu[:, 2:22, 30:60].contiguous(),
        [1, 2],
        crop=Crop(0, 20, 0, 30),
        spacing_mm=MM,
        params=PARAMS,
    )
    assert_close(inside, cut, rtol=0, atol=0)


def test_a_batch_equals_its_slices_one_by_one() -> None:
    hu, crop = arrow_hu(), Crop(0, 40, 10, 60)
    batch = slice_inputs(hu, [6, 0, 3], crop=crop, spacing_mm=(1.0, 0.7, 0.8), params=PARAMS)
    singles = [
        slice_inputs(hu, [i], crop=crop, spacing_mm=(1.0, 0.7, 0.8), params=PARAMS)
        for i in (6, 0, 3)
    ]
    assert_close(batch, torch.cat(singles), rtol=0, atol=0)


def test_localizer_inputs_have_three_equal_channels() -> None:
    x = localizer_inputs(arrow_hu(), [1, 5], PARAMS)
    assert x.shape == (2, 3, 24, 24)
    assert_close(x[:, 0], x[:, 2])
    assert x[1].mean() > x[0].mean()


def test_localizer_slices_lie_inside_the_lungs_where_these_are_known() -> None:
    assert localizer_indices(100) == (20, 30, 40, 50)
    assert all(60 <= index <= 80 for index in localizer_indices(100, lungs=(60, 80)))
    assert localizer_indices(1) == (0, 0, 0, 0)


def test_a_read_only_volume_becomes_a_tensor_without_a_copy() -> None:
    hu = np.zeros((2, 3, 4), dtype=np.int16)
    hu.flags.writeable = False
    assert hu_tensor(hu).data_ptr() == hu.ctypes.data


FIXED = Preprocessing(pixel_mm=1.0, localizer_px=24, neighbour_mm=2.5)


def test_an_input_of_fixed_scale_has_the_patients_size_filled_up_with_air() -> None:
    grey = windowed_stacks(
        arrow_hu() + 700, [3], crop=Crop(0, 40, 0, 60), spacing_mm=(2.5, 2.0, 1.0), params=FIXED
    )
    assert grey.shape == (1, 3, 96, 64)  # 80 mm and 60 mm at 1 mm a pixel
    assert (grey[:, :, 8:88, :60] > 0.5).all()
    for air in (grey[:, :, :8], grey[:, :, 88:], grey[..., 60:]):
        assert (air == 0).all()


def test_a_vessel_has_one_size_whatever_the_pixels_of_the_study() -> None:
    widths = []
    for pixel_mm in (0.5, 0.8):
        hu = np.full((1, 80, 120), -250, dtype=np.int16)
        hu[0, :, 20 : 20 + round(16 / pixel_mm)] = 450  # 16 mm
        grey = windowed_stacks(
            hu_tensor(hu),
            [0],
            crop=Crop(0, 80, 0, 120),
            spacing_mm=(2.5, pixel_mm, pixel_mm),
            params=FIXED,
        )
        widths.append(grey[0, 1, grey.shape[2] // 2].sum().item())
    assert widths == pytest.approx([16, 16], abs=0.5)


@pytest.mark.parametrize(
    ("length_px", "spacing_mm", "pixel_mm"), [(333, 0.7, 0.75), (5, 0.5, 4.0), (480, 0.98, 0.75)]
)
def test_a_side_of_fixed_scale_lies_on_whole_cells_in_the_middle(
    length_px: int, spacing_mm: float, pixel_mm: float
) -> None:
    side = Framed.of(length_px, spacing_mm, pixel_mm)
    assert (side.before + side.px + side.after) % SIDE_PX == 0
    assert side.before % CELL_PX == side.px % CELL_PX == 0
    assert abs(side.before - side.after) <= CELL_PX
    assert side.px == CELL_PX or abs(side.px * pixel_mm - length_px * spacing_mm) <= 2 * pixel_mm
    assert side.cells.stop - side.cells.start == side.px // CELL_PX


def test_without_a_fixed_scale_an_input_is_a_square() -> None:
    assert framed_sides(Crop(0, 40, 0, 60), MM, PARAMS) is None


@pytest.mark.parametrize("pixel_mm", [0.0, -1.0, 50.0, float("nan")])
def test_a_scale_that_cannot_be_is_refused(pixel_mm: float) -> None:
    with pytest.raises(ValueError, match="mm"):
        Preprocessing(pixel_mm=pixel_mm)
