import pytest

from pe_models.heart.measuring import Ventricles, measure
from tests.pe_models.heart.two_ventricles import (
    CELL_MM,
    FIRST_SLICE,
    SPACING_MM,
    MakeMaps,
    TwoVentricles,
    two_ventricles,
)


@pytest.mark.parametrize(("rv_mm", "lv_mm"), [(32.0, 48.0), (44.0, 40.0), (56.0, 38.0)])
def test_both_widths_are_found_within_a_millimetre(
    make_maps: MakeMaps, rv_mm: float, lv_mm: float
) -> None:
    maps = make_maps(two_ventricles(rv_mm=rv_mm, lv_mm=lv_mm))
    measured = measure(Ventricles.of(maps))
    assert measured is not None
    assert measured.right.mm == pytest.approx(rv_mm, abs=1.0)
    assert measured.left.mm == pytest.approx(lv_mm, abs=1.0)


def test_each_ventricle_is_measured_where_it_is_widest(
    make_maps: MakeMaps, heart: TwoVentricles
) -> None:
    maps = make_maps(heart)
    measured = measure(Ventricles.of(maps))
    assert measured is not None
    at_mm = (measured.right_at * SPACING_MM[0], measured.left_at * SPACING_MM[0])
    assert at_mm[0] == pytest.approx(heart.right.middle_mm[0], abs=SPACING_MM[0])
    assert at_mm[1] == pytest.approx(heart.left.middle_mm[0], abs=SPACING_MM[0])
    assert maps.slice_indices[measured.right_at] == FIRST_SLICE + measured.right_at


def test_a_soft_border_makes_the_ratio_less_sure(make_maps: MakeMaps, heart: TwoVentricles) -> None:
    """Both borders move alike; the narrower ventricle changes more."""
    uneven = two_ventricles(rv_mm=24.0, lv_mm=52.0)
    sharp, soft = (measure(Ventricles.of(make_maps(uneven, soft_mm=mm))) for mm in (2.0, 14.0))
    assert sharp is not None
    assert soft is not None
    assert soft.spread > 1.3 * sharp.spread


def test_a_spot_apart_from_the_heart_is_left_out(make_maps: MakeMaps, heart: TwoVentricles) -> None:
    maps = make_maps(heart)
    spotted = maps.right.copy()
    spotted[:, 2:8, 50:70] = 1.0  # 40 mm long, in no touch with the ventricle
    plain = measure(Ventricles.of(maps))
    maps.right[:] = spotted
    found = measure(Ventricles.of(maps))
    assert plain is not None
    assert found is not None
    assert found.right.mm == pytest.approx(plain.right.mm, abs=CELL_MM)


def test_ventricles_without_a_wall_between_them_are_not_measured(
    make_maps: MakeMaps, heart: TwoVentricles
) -> None:
    maps = make_maps(heart)
    maps.left[:] = 0.0
    assert measure(Ventricles.of(maps)) is None
