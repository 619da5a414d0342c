"""What a reader types to go to a slice."""

import pytest

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.study import PixelFormat, Series, SliceSource
from pe_viewer.display.slice_naming import slice_meant


def series(*, is_numbered: bool = True) -> Series:
    """Twelve slices from z -112.5 mm upward, 3 mm apart; image 1 is the most superior."""
    pixels = PixelFormat("1.2.840.10008.1.2.1", 40, 60, 16, 16, True)
    sources = tuple(
        SliceSource(
            file=f"{k}.dcm",
            sop_instance_uid=f"1.{k}",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
            instance_number=12 - k if is_numbered else None,
            position_mm=-112.5 + 3.0 * k,
            image_position=(0.0, 0.0, -112.5 + 3.0 * k),
            pixels=pixels,
        )
        for k in range(12)
    )
    geometry = Geometry.axial((12, 40, 60), (3.0, 1.0, 0.5), (0.0, 0.0, -112.5))
    return Series("1.1", "1.1.1", "CT", "CTPA", sources, geometry, 12)


@pytest.mark.parametrize("words", ["10", " 10 ", "Im 10", "im.10"])
def test_a_whole_number_is_an_image_number(words: str) -> None:
    assert slice_meant(words, series()) == 2


@pytest.mark.parametrize("words", ["-106", "-106.5", "-106,5 mm", "z -106.4 mm", "Z-106.5mm"])
def test_a_sign_a_fraction_or_a_unit_makes_it_a_position(words: str) -> None:
    assert slice_meant(words, series()) == 2


def test_a_position_outside_is_the_nearest_end() -> None:
    assert slice_meant("+500 mm", series()) == 11


def test_without_numbers_in_the_files_slices_are_counted_from_1() -> None:
    assert slice_meant("3", series(is_numbered=False)) == 2


@pytest.mark.parametrize("words", ["", "13", "0", "carina", "1 2", "--3"])
def test_what_names_no_slice_gives_none(words: str) -> None:
    assert slice_meant(words, series()) is None
