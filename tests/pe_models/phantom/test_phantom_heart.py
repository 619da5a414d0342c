"""The ventricles measure as they were made."""

import numpy as np
import pytest

from pe_models.phantom.heart import Heart, measure_ventricles


@pytest.mark.parametrize("ratio", [0.7, 0.85, 1.0, 1.2, 1.5])
def test_the_ratio_asked_for_is_about_the_ratio_measured(ratio: float) -> None:
    for seed in range(4):
        measured = measure_ventricles(Heart.draw(seed, rv_lv_ratio=ratio), (1.0, 1.0, 1.0))
        assert measured.rv_lv_ratio == pytest.approx(ratio, rel=0.08)


def test_a_body_twice_as_large_measures_twice_as_wide() -> None:
    heart = Heart.draw(3, rv_lv_ratio=0.9)
    once = measure_ventricles(heart, (1.0, 1.0, 1.0))
    twice = measure_ventricles(heart, (2.0, 2.0, 2.0))
    assert twice.rv_mm == pytest.approx(2 * once.rv_mm)
    assert twice.lv_mm == pytest.approx(2 * once.lv_mm)


def test_the_chambers_do_not_share_blood() -> None:
    heart = Heart.draw(5, rv_lv_ratio=1.1)
    z, y, x = np.meshgrid(
        np.arange(-125.0, -50, 4), np.arange(-90.0, 30, 4), np.arange(-80.0, 100, 4), indexing="ij"
    )
    fields = heart.fields(x, y, z)
    assert not ((fields.left_ventricle < 0) & (fields.right_ventricle < 0)).any()
    for chamber in (fields.left_ventricle, fields.right_ventricle, fields.right_atrium):
        assert ((fields.whole < 0) | (chamber >= 0)).all()
