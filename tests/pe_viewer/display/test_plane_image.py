"""A plane as a picture: what is not there is clear."""

import numpy as np

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.reslice import reslice
from pe_models.imaging.reslicing.plane import Plane
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.imaging.window import Window
from pe_viewer.display.plane_image import render_plane

GEOMETRY = Geometry.axial((4, 5, 7), (1.0, 1.0, 1.0))
HU = np.broadcast_to(np.array([-1024, -100, 100, 300], np.int16)[:, None, None], (4, 5, 7)).copy()
WINDOW = Window(800.0, 100.0)
"""-300 to 500 HU: -100 HU is 64 of 255, 100 HU is 128, 300 HU is 191."""


def test_a_plane_of_which_all_is_there_is_grey_with_the_head_at_the_top() -> None:
    plane = Plane.coronal(GEOMETRY, (3.0, 2.0, 0.0))
    grey = render_plane(reslice(Voxels(HU, GEOMETRY), plane), WINDOW)
    assert grey.shape == (4, 7)
    assert grey[:, 3].tolist() == [191, 128, 64, 0]


def test_an_absent_slice_is_clear_and_air_is_not() -> None:
    present = np.array([True, False, True, True])
    plane = Plane.coronal(GEOMETRY, (3.0, 2.0, 0.0))
    rgba = render_plane(reslice(Voxels(HU, GEOMETRY, present), plane), WINDOW)
    assert rgba.shape == (4, 7, 4)
    assert rgba[:, 3, 3].tolist() == [255, 255, 0, 255]
    assert rgba[3, 3].tolist() == [0, 0, 0, 255], "the lowest slice is air, and is there"
    assert rgba[2, 3].tolist() == [0, 0, 0, 0]


def test_inverting_leaves_clear_what_is_not_there() -> None:
    present = np.array([True, False, True, True])
    plane = Plane.coronal(GEOMETRY, (3.0, 2.0, 0.0))
    cut = reslice(Voxels(HU, GEOMETRY, present), plane)
    rgba = render_plane(cut, WINDOW, invert=True)
    assert rgba[0, 3].tolist() == [64, 64, 64, 255]
    assert rgba[2, 3].tolist() == [0, 0, 0, 0]
