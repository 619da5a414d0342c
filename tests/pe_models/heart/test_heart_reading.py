from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pe_models.heart.calibration import HeartCalibration
from pe_models.heart.maps import VentricleMaps
from pe_models.heart.reading import read_heart
from pe_models.heart_findings import HeartRefusal, RightHeart, Width
from tests.pe_models.heart.two_ventricles import SPACING_MM, MakeMaps, TwoVentricles

Opacified = Callable[..., NDArray[np.int16]]

CALIBRATION = HeartCalibration(2.0, -1.0, 0.05, 0.5, 40, "tests")


def length_mm(width: Width) -> float:
    down, across = (b - a for a, b in zip(width.start, width.end, strict=True))
    return float(np.hypot(down * SPACING_MM[1], across * SPACING_MM[2]))


def test_lines_lie_in_pixels_of_their_slices(
    make_maps: MakeMaps, opacified: Opacified, heart: TwoVentricles
) -> None:
    """Their middles are those of the ellipsoids, their ends in blood to their very ends."""
    maps = make_maps(heart)
    hu = opacified(maps)
    found = read_heart(maps, hu, None)
    assert found.rv is not None
    assert found.lv is not None
    for width, ventricle, blood_hu in ((found.rv, heart.right, 380), (found.lv, heart.left, 300)):
        assert length_mm(width) == pytest.approx(width.mm, abs=1e-6)
        middle = [(a + b) / 2 for a, b in zip(width.start, width.end, strict=True)]
        wanted = [
            first + mm / spacing
            for first, mm, spacing in zip(
                maps.first_cell, ventricle.middle_mm[1:], SPACING_MM[1:], strict=True
            )
        ]
        assert middle == pytest.approx(wanted, abs=4.0)
        for share in (0.1, 0.5, 0.9):
            row, col = (
                round(a + share * (b - a)) for a, b in zip(width.start, width.end, strict=True)
            )
            assert hu[width.slice_index, row, col] == blood_hu
    assert found.range is None


def test_a_calibration_lengthens_the_lines_and_tells_how_sure_the_ratio_is(
    make_maps: MakeMaps, opacified: Opacified, heart: TwoVentricles
) -> None:
    maps = make_maps(heart)
    hu = opacified(maps)
    plain, found = read_heart(maps, hu, None), read_heart(maps, hu, CALIBRATION)
    assert plain.rv is not None
    assert plain.lv is not None
    assert found.rv is not None
    assert found.lv is not None
    assert found.rv.mm - plain.rv.mm == pytest.approx(2.0)
    assert found.lv.mm - plain.lv.mm == pytest.approx(-1.0)
    assert found.ratio == pytest.approx(found.rv.mm / found.lv.mm)
    assert found.range is not None
    assert found.range.low < (found.ratio or 0.0) < found.range.high


def test_no_maps_are_no_heart() -> None:
    found = read_heart(None, np.zeros((4, 8, 8), np.int16), CALIBRATION)
    assert found.refusal is HeartRefusal.NOT_FOUND


@pytest.mark.parametrize(("end", "first_slice"), [("low", 0), ("high", 10)])
def test_a_series_that_ends_within_the_heart_is_refused(
    make_maps: MakeMaps, opacified: Opacified, heart: TwoVentricles, end: str, first_slice: int
) -> None:
    maps = make_maps(heart, first_slice=first_slice)
    kept = slice(8, None) if end == "low" else slice(None, 12)
    cut = VentricleMaps(
        maps.right[kept],
        maps.left[kept],
        tuple(range(first_slice, first_slice + len(maps.right[kept]))),
        maps.first_cell,
        maps.cell_px,
        maps.spacing_mm,
    )
    hu = opacified(maps)[: cut.slice_indices[-1] + 1 if end == "high" else None]
    assert read_heart(cut, hu, None).refusal is HeartRefusal.NOT_COVERED


@pytest.mark.parametrize(
    "blood", [{"right_hu": 60, "left_hu": 55, "wall_hu": 45}, {"left_hu": 105}]
)
def test_blood_that_is_not_brighter_than_the_wall_is_refused(
    make_maps: MakeMaps, opacified: Opacified, heart: TwoVentricles, blood: dict[str, int]
) -> None:
    """Unenhanced, or with a left ventricle that the bolus has not reached."""
    maps = make_maps(heart)
    found = read_heart(maps, opacified(maps, **blood), None)
    assert found.refusal is HeartRefusal.NOT_OPACIFIED
    assert "HU in the right ventricle" in found.message


def test_a_lead_through_a_ventricle_is_refused_and_metal_beside_it_is_not(
    make_maps: MakeMaps, opacified: Opacified, heart: TwoVentricles
) -> None:
    maps = make_maps(heart)
    clean, crossed = opacified(maps), opacified(maps)
    clean[:, 2:6, 2:6] = 3000  # a wire in the chest wall
    row, col = (
        round(first + mm / spacing)
        for first, mm, spacing in zip(
            maps.first_cell, heart.right.middle_mm[1:], SPACING_MM[1:], strict=True
        )
    )
    crossed[22, row, col] = 3000  # a single pixel of a lead
    assert read_heart(maps, clean, None).refusal is None
    assert read_heart(maps, crossed, None).refusal is HeartRefusal.DEVICE


def test_a_ventricle_of_a_few_millilitres_is_none(
    make_maps: MakeMaps, opacified: Opacified, heart: TwoVentricles
) -> None:
    maps = make_maps(heart)
    hu = opacified(maps)
    maps.left[:9] = 0.0
    maps.left[11:] = 0.0
    found: RightHeart = read_heart(maps, hu, None)
    assert found.refusal is HeartRefusal.NOT_FOUND
    assert "by hand" in found.message
