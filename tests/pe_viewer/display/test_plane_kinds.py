"""Which planes stand beside the slices, what they are called, and how thick they are."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pe_models.errors import InputError
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.reslicing.slab import THIN, Projection, Slab
from pe_models.imaging.reslicing.voxels import Voxels
from pe_viewer.display.planes import (
    PlaneKind,
    next_slab,
    plane_orientation,
    plane_text,
    plane_through,
    require_drawable,
    side_kinds,
    slab_text,
)

AXIAL = Geometry.axial((6, 40, 60), (2.5, 0.7, 0.5), (-20.0, -15.0, -100.0))
CORONAL = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0))
SAGITTAL = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))
LEANING = ((0.0, 0.3, 0.954), (0.0, 0.954, -0.3), (1.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("directions", "kinds"),
    [
        (AXIAL.directions, (PlaneKind.CORONAL, PlaneKind.SAGITTAL)),
        (CORONAL, (PlaneKind.AXIAL, PlaneKind.SAGITTAL)),
        (SAGITTAL, (PlaneKind.AXIAL, PlaneKind.CORONAL)),
        (LEANING, (PlaneKind.CORONAL, PlaneKind.SAGITTAL)),
    ],
)
def test_the_planes_are_those_that_the_slices_do_not_show(directions: Any, kinds: Any) -> None:
    assert side_kinds(replace(AXIAL, directions=directions)) == kinds


@pytest.mark.parametrize(
    ("kind", "words", "letters"),
    [
        (PlaneKind.CORONAL, "Coronal  y -3.2 mm", "RLHF"),
        (PlaneKind.SAGITTAL, "Sagittal  x 1.5 mm", "APHF"),
        (PlaneKind.AXIAL, "Axial  z -93.0 mm", "RLAP"),
    ],
)
def test_a_plane_is_named_by_its_place_and_its_sides(
    kind: PlaneKind, words: str, letters: str
) -> None:
    plane = plane_through(kind, AXIAL, (1.5, -3.2, -93.0))
    turned = plane_orientation(plane)
    assert plane_text(kind, plane) == words
    assert turned.left + turned.right + turned.top + turned.bottom == letters


def test_nought_has_no_sign() -> None:
    plane = plane_through(PlaneKind.CORONAL, AXIAL, (0.0, -0.01, 0.0))
    assert plane_text(PlaneKind.CORONAL, plane) == "Coronal  y 0.0 mm"


def test_thickness_goes_round_in_the_projection_that_was_chosen() -> None:
    slab, seen = Slab(0.0, Projection.MINIP), []
    for _ in range(5):
        slab = next_slab(slab)
        seen.append(slab_text(slab))
    assert seen == ["MinIP 5 mm", "MinIP 10 mm", "MinIP 20 mm", "thin", "MinIP 5 mm"]


@pytest.mark.parametrize("projection", Projection)
def test_every_projection_has_its_word(projection: Projection) -> None:
    assert slab_text(Slab(10.0, projection)).endswith(" 10 mm")
    assert slab_text(THIN) == "thin"


def test_slices_that_lie_metres_apart_are_not_made_into_a_picture() -> None:
    """Forty metres in steps of half a millimetre would be 80,000 rows."""
    far = Geometry.axial((2, 4, 6), (40_000.0, 0.5, 0.5))
    with pytest.raises(InputError, match=r"reach over 80\.0 m, in steps of 0\.50 mm"):
        require_drawable(Voxels(np.zeros(far.shape, dtype=np.int16), far))
