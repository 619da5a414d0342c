"""A slice as a picture."""

import numpy as np
import pytest

from pe_models.imaging.window import Window
from pe_viewer.display.slice_image import render

HU = np.array([[-250, 100, 450], [-2000, 275, 3000]], dtype=np.int16)
WINDOW = Window(700.0, 100.0)


def test_the_window_runs_from_black_to_white() -> None:
    grey = render(HU, WINDOW)
    assert grey.dtype == np.uint8
    assert grey[0].tolist() == [0, 128, 255]
    assert (grey[1, 0], grey[1, 2]) == (0, 255)


def test_inverting_swaps_black_and_white() -> None:
    assert np.array_equal(render(HU, WINDOW, invert=True), 255 - render(HU, WINDOW))


def test_an_overlay_colours_only_where_it_is_not_transparent() -> None:
    overlay = np.zeros((2, 3, 4), dtype=np.uint8)
    overlay[0, 1] = (255, 0, 0, 255)
    overlay[0, 2] = (0, 0, 0, 51)  # a fifth
    colours = render(HU, WINDOW, overlay=overlay)
    assert colours.shape == (2, 3, 3)
    assert colours[0, 1].tolist() == [255, 0, 0]
    assert colours[0, 2].tolist() == [204, 204, 204]  # 255 * (1 - 0.2)
    assert np.array_equal(colours[1], np.repeat(render(HU, WINDOW)[1, :, np.newaxis], 3, axis=1))


def test_an_overlay_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        render(HU, WINDOW, overlay=np.zeros((3, 2, 4), dtype=np.uint8))
