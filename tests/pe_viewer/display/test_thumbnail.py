"""Small pictures: reduced by means, turned to the reading position."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.window import Window
from pe_viewer.display.slice_image import spread_window
from pe_viewer.display.thumbnail import LONGEST_PX, thumbnail

WINDOW = Window(255.0, 127.5)


def geometry(rows: int, cols: int) -> Geometry:
    return Geometry.axial((1, rows, cols), (1.0, 0.7, 0.8))


@pytest.mark.parametrize(
    ("rows", "cols"), [(512, 512), (40, 60), (600, 512), (1024, 1024), (1, 700), (97, 3)]
)
def test_a_picture_is_small_whatever_the_matrix(rows: int, cols: int) -> None:
    made = thumbnail(np.zeros((rows, cols), dtype=np.int16), geometry(rows, cols), WINDOW)
    assert min(made.shape) >= 1
    assert max(made.shape) <= LONGEST_PX


def test_each_level_is_the_mean_of_its_block() -> None:
    """512 px become 85 of 6 x 6; one block of 200 among zeros stays, one pixel becomes 1/36."""
    hu = np.zeros((512, 512), dtype=np.int16)
    hu[0:6, 6:12] = 200
    hu[30, 30] = 180
    made = thumbnail(hu, geometry(512, 512), WINDOW)
    grey = WINDOW.to_grey(np.array([[200, 180]], dtype=np.int16))[0]
    assert made[0, 1] == grey[0]
    assert made[5, 5] == round(grey[1] / 36)


def test_a_picture_lies_as_the_slice_does() -> None:
    hu = np.zeros((40, 60), dtype=np.int16)
    hu[0, 0] = 255
    stored_from_the_left = replace(
        geometry(40, 60), directions=((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0))
    )
    assert thumbnail(hu, stored_from_the_left, WINDOW)[0, -1] == 255


def test_a_window_is_spread_over_nearly_all_values() -> None:
    window = spread_window(np.arange(1000, dtype=np.int16))
    assert window.low_hu == pytest.approx(10.0, abs=1.0)
    assert window.high_hu == pytest.approx(994.0, abs=1.0)
    assert spread_window(np.full((3, 3), 7, dtype=np.int16)) == Window(1.0, 7.0)
