"""Where a net errs: one picture a place."""

from collections.abc import Callable

import numpy as np

from benchmarks.transfer.look import distinct, picture
from benchmarks.transfer.scorers import Mark
from pe_models.imaging.volume import Volume

SPACING_MM = (2.0, 0.7, 0.8)


def test_of_marks_at_one_place_the_highest_stays() -> None:
    low, high = Mark(3, 20.0, 20.0, 0.4), Mark(4, 22.0, 21.0, 0.6)
    elsewhere = Mark(3, 50.0, 20.0, 0.5)
    assert distinct([low, elsewhere, high], SPACING_MM) == [high, elsewhere]


def test_marks_far_along_the_series_are_other_places() -> None:
    marks = [Mark(0, 20.0, 20.0, 0.4), Mark(9, 20.0, 20.0, 0.6)]
    assert len(distinct(marks, SPACING_MM)) == 2


def test_a_picture_at_the_border_of_the_slice_is_drawn_smaller(
    volume_of: Callable[..., Volume],
) -> None:
    volume = volume_of(np.full((16, 72, 80), -850.0))
    whole = picture(volume, Mark(2, 36.0, 40.0, 0.5))
    corner = picture(volume, Mark(2, 2.0, 1.0, 0.5))
    assert corner.shape[0] < whole.shape[0]
    assert corner.max() == 255
