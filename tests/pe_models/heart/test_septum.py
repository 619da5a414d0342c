import numpy as np
import pytest

from pe_models.heart.maps import main_part
from pe_models.heart.septum import across_septum
from tests.pe_models.heart.two_ventricles import MakeMaps, two_ventricles


@pytest.mark.parametrize("degrees", [-160.0, -130.0, -95.0])
def test_the_septum_is_found_at_any_angle(make_maps: MakeMaps, degrees: float) -> None:
    heart = two_ventricles(degrees=degrees)
    maps = make_maps(heart)
    across = across_septum(main_part(maps.right), main_part(maps.left), maps.cell_mm)
    assert across is not None
    assert across @ heart.across > np.cos(np.deg2rad(3.0))


def test_it_points_from_the_left_ventricle_to_the_right_one(make_maps: MakeMaps) -> None:
    maps = make_maps(two_ventricles())
    right, left = main_part(maps.right), main_part(maps.left)
    one, other = (across_septum(*pair, maps.cell_mm) for pair in ((right, left), (left, right)))
    assert one is not None
    assert other is not None
    assert np.allclose(one, -other, atol=1e-6)


def test_what_lies_far_apart_has_no_septum(make_maps: MakeMaps) -> None:
    maps = make_maps(two_ventricles())
    right, left = main_part(maps.right), main_part(maps.left)
    assert across_septum(right[:, :18], np.zeros_like(left[:, :18]), maps.cell_mm) is None
