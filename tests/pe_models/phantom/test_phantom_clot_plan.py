"""Which emboli an exam has, and how they strain the heart, follows what is known of patients."""

import numpy as np
import pytest

from pe_models.phantom.clot_plan import ClotPlan, Wanted, burden, draw_clot_plan, draw_rv_lv_ratio
from pe_models.phantom.spec import Level

N = 4000


@pytest.fixture(scope="module")
def plans() -> list[ClotPlan]:
    return [draw_clot_plan(seed, ()) for seed in range(N)]


def _has_side(plan: ClotPlan, side: str) -> bool:
    return any(wanted.side == side for wanted in plan)


def _has_central(plan: ClotPlan) -> bool:
    return any(wanted.level is Level.CENTRAL for wanted in plan)


@pytest.mark.parametrize(
    ("sides", "has_central", "count"),
    [("right", False, 627), ("left", False, 317), ("both", False, 866), ("both", True, 346),
     ("right", True, 36), ("left", True, 15)],
)  # fmt: skip
def test_sides_and_centre_come_together_as_in_the_rsna_table(
    plans: list[ClotPlan], sides: str, has_central: bool, count: int
) -> None:
    """Counts of 2211 positive exams; four standard errors of so many draws."""
    right, left = sides in ("right", "both"), sides in ("left", "both")
    found = np.mean([
        (_has_side(p, "right"), _has_side(p, "left"), _has_central(p)) == (right, left, has_central)
        for p in plans
    ])  # fmt: skip
    share = count / 2211
    assert found == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / N))


def test_the_right_ventricle_is_wider_than_the_left_as_often_as_in_the_rsna_table(
    plans: list[ClotPlan],
) -> None:
    """940 of 2211 positive exams have RV/LV >= 1."""
    wide = np.mean([draw_rv_lv_ratio(seed, plan) >= 1.0 for seed, plan in enumerate(plans)])
    assert wide == pytest.approx(940 / 2211, abs=0.04)


def test_more_clot_means_more_strain_but_only_loosely(plans: list[ClotPlan]) -> None:
    """Qanadli's index and RV/LV correlate at about .4 to .6 in the literature."""
    ratios = [draw_rv_lv_ratio(seed, plan) for seed, plan in enumerate(plans)]
    correlation = np.corrcoef(ratios, [burden(plan) for plan in plans])[0, 1]
    assert 0.4 < correlation < 0.65


def test_hearts_without_emboli_are_seldom_strained() -> None:
    ratios = np.array([draw_rv_lv_ratio(seed, ()) for seed in range(1000)])
    assert 0.02 < (ratios >= 1.0).mean() < 0.15


def test_levels_asked_for_are_the_plan() -> None:
    levels = (Level.LOBAR, Level.SUBSEGMENTAL)
    assert draw_clot_plan(5, levels) == tuple(Wanted(level, None) for level in levels)


def test_burden_grows_with_level_and_number_up_to_all_of_it() -> None:
    one = burden((Wanted(Level.SUBSEGMENTAL, None),))
    assert 0 < one < burden((Wanted(Level.CENTRAL, None),)) < 1
    assert burden((Wanted(Level.CENTRAL, None),) * 9) == 1.0
    assert burden(()) == 0.0
