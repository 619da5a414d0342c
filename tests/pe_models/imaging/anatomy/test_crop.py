"""Crop: a half-open box that is never empty."""

import pytest

from pe_models.imaging.anatomy.crop import Crop


def test_joined_crops_hold_both() -> None:
    assert Crop(10, 20, 30, 40).joined(Crop(15, 25, 5, 35)) == Crop(10, 25, 5, 40)


def test_a_crop_joined_with_one_inside_it_stays_as_it_is() -> None:
    crop = Crop(1, 9, 2, 8)
    assert crop.joined(Crop(3, 4, 5, 6)) == crop == Crop(3, 4, 5, 6).joined(crop)


@pytest.mark.parametrize("edges", [(5, 5, 0, 9), (6, 5, 0, 9), (0, 9, 4, 4), (-1, 5, 0, 9)])
def test_an_empty_or_negative_crop_is_refused(edges: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="crop"):
        Crop(*edges)
