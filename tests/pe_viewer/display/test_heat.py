"""The activation map over a slice: registered to the pixels, on one scale, never opaque."""

import numpy as np
import pytest

from pe_models.findings import CLOT_MAP, Crop, Heatmap
from pe_viewer.display.heat import (
    MAX_OPACITY,
    HeatScale,
    colour_bar,
    drawn_box,
    overlay_rgba,
    scale_of,
    upsampled,
)

SCALE = HeatScale(1.0, 5.0)


def heatmap(values: object, crop: Crop) -> Heatmap:
    return Heatmap(0, np.asarray(values, dtype=np.float32), crop)


def test_a_grid_of_one_value_stays_that_value_after_upsampling() -> None:
    values = np.full((3, 2), 4.0, dtype=np.float32)
    assert np.allclose(upsampled(values, Crop(2, 32, 5, 45)), 4.0)


def test_a_linear_ramp_is_kept_between_the_centres_of_the_outer_cells() -> None:
    """Four cells over 40 pixels: a cell's centre lies 5 pixels inside it."""
    values = np.arange(4, dtype=np.float32)[:, np.newaxis]
    column = upsampled(values, Crop(0, 40, 0, 1))[:, 0]
    pixel_centres = np.arange(40) + 0.5
    expected = np.clip((pixel_centres - 5.0) / 10.0, 0.0, 3.0)
    assert np.allclose(column, expected, atol=1e-6)


def test_a_single_cell_fills_its_crop() -> None:
    assert np.allclose(upsampled(np.array([[2.0]], np.float32), Crop(0, 7, 0, 9)), 2.0)


def test_the_hottest_pixel_lies_in_the_crop_where_its_cell_is() -> None:
    values = np.zeros((4, 6))
    values[3, 1] = 9.0
    wide = HeatScale(1.0, 10.0)
    rgba = overlay_rgba(heatmap(values, Crop(10, 30, 5, 35)), (40, 60), opacity=0.5, scale=wide)
    row, col = np.unravel_index(np.argmax(rgba[..., :3].sum(axis=2)), (40, 60))
    assert 10 + 3 * 5 <= row < 10 + 4 * 5
    assert 5 + 1 * 5 <= col < 5 + 2 * 5


def test_nothing_is_drawn_outside_the_crop_or_at_the_low_end_of_the_scale() -> None:
    rgba = overlay_rgba(heatmap([[1.0]], Crop(10, 30, 5, 35)), (40, 60), opacity=0.5, scale=SCALE)
    assert not rgba[..., 3].any()
    hot = overlay_rgba(heatmap([[9.0]], Crop(10, 30, 5, 35)), (40, 60), opacity=0.5, scale=SCALE)
    hot[10:30, 5:35] = 0
    assert not hot.any()


def test_equal_logits_have_equal_colours_whatever_else_the_map_holds() -> None:
    crop = Crop(0, 10, 0, 10)
    alone = overlay_rgba(heatmap([[3.0]], crop), (10, 10), opacity=0.5, scale=SCALE)
    beside = overlay_rgba(heatmap([[3.0, 90.0]], crop), (10, 10), opacity=0.5, scale=SCALE)
    assert np.array_equal(alone[0, 0], beside[0, 0])


def test_opacity_is_capped_so_that_the_ct_stays_readable() -> None:
    rgba = overlay_rgba(heatmap([[50.0]], Crop(0, 4, 0, 4)), (4, 4), opacity=1.0, scale=SCALE)
    assert rgba[..., 3].max() == int(255 * MAX_OPACITY)


@pytest.mark.parametrize("least_share", [0.0, 0.3])
def test_beyond_the_box_of_what_is_drawn_every_pixel_is_clear(least_share: float) -> None:
    rng = np.random.default_rng(4)
    least = scale_of(CLOT_MAP).at(least_share)
    for _ in range(40):
        values = np.full((9, 11), -8.0, dtype=np.float32)
        values[rng.integers(9), rng.integers(11)] = least + rng.choice([0.001, 0.5, 3.0])
        one = Heatmap(0, values, Crop(3, 39, 5, 60), CLOT_MAP)
        alpha = overlay_rgba(one, (50, 70), opacity=0.5, least_logit=least)[..., 3]
        box = drawn_box(one, least)
        assert box is not None
        alpha[box.row_min : box.row_max, box.col_min : box.col_max] = 0
        assert not alpha.any()


def test_a_cold_map_has_no_box_and_a_hot_one_its_crop() -> None:
    crop = Crop(3, 39, 5, 60)
    assert drawn_box(Heatmap(0, np.full((9, 11), -8.0, np.float32), crop, CLOT_MAP), -2.0) is None
    assert drawn_box(Heatmap(0, np.full((9, 11), 3.0, np.float32), crop, CLOT_MAP), -2.0) == crop


def test_a_crop_that_ends_beyond_the_slice_is_cut() -> None:
    rgba = overlay_rgba(heatmap([[9.0]], Crop(2, 12, 2, 12)), (8, 9), opacity=0.5, scale=SCALE)
    assert rgba.shape == (8, 9, 4)
    assert rgba[7, 8, 3] > 0


def test_the_colour_bar_grows_brighter_from_end_to_end() -> None:
    luminance = colour_bar(64) @ np.array([0.2126, 0.7152, 0.0722])
    assert np.all(np.diff(luminance) > -0.5)
    assert luminance[-1] > luminance[0] + 150


def test_an_empty_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        HeatScale(2.0, 2.0)
