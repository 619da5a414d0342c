"""Lobes, fissures, and the trees that respect them."""

import numpy as np
import pytest

from pe_models.phantom.lobes import Fissures, Lobe

FISSURES = Fissures((0.0, 0.0), 0.0, (0.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("lobe", "point"),
    [
        (Lobe.RIGHT_UPPER, (-60, -10, 60)),
        (Lobe.RIGHT_MIDDLE, (-80, -60, -70)),
        (Lobe.RIGHT_LOWER, (-70, 60, -110)),
        (Lobe.LEFT_UPPER, (80, -60, -70)),
        (Lobe.LEFT_LOWER, (70, 60, -110)),
    ],
)
def test_places_of_the_chest_lie_in_their_lobes(lobe: Lobe, point: tuple[float, ...]) -> None:
    at = np.array([point], np.float32)
    assert FISSURES.lobe_at(at).tolist() == [lobe]
    assert FISSURES.outside(lobe, *at.T)[0] < 0


def test_lobes_share_the_right_lung_and_the_fissures_lie_between() -> None:
    grid = np.random.default_rng(0).uniform((-120, -90, -140), (120, 90, 80), size=(4000, 3))
    points = grid.astype(np.float32)
    lobes = FISSURES.lobe_at(points)
    assert set(lobes.tolist()) == set(Lobe)
    for lobe in Lobe:
        own = points[lobes == lobe]
        assert (FISSURES.outside(lobe, *own.T) <= 0).all()
        assert ((own[:, 0] < 0) == lobe.is_right).all()


def test_the_fissure_of_a_missing_lobe_is_gone_and_the_other_side_keeps_its_own() -> None:
    whole = Fissures((0.0, 0.0), 0.0, (0.0, 0.0, 0.0))
    operated = Fissures((0.0, 0.0), 0.0, (0.0, 0.0, 0.0), missing=Lobe.RIGHT_UPPER)
    y = np.linspace(-90, 90, 200, dtype=np.float32)
    right, left = np.full_like(y, -70.0), np.full_like(y, 70.0)
    assert whole.distance(right, y, -20.0).min() < 1.0
    assert operated.distance(right, y, -20.0).min() > 100.0
    assert operated.distance(left, y, -20.0).min() < 1.0
