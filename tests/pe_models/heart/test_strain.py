"""What a measured RV/LV says of the exam beside the net's own scores of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.heart.strain import StrainRule, ratio_logit, share_logit
from pe_models.heart_findings import HeartRefusal, RatioRange, RightHeart, Width
from pe_models.labels import EXAM_LABELS, RV_LV_GTE_1, RV_LV_LT_1

ABOVE, BELOW = (EXAM_LABELS.index(label) for label in (RV_LV_GTE_1, RV_LV_LT_1))
BY_RATIO_ALONE = StrainRule(0.0, 0.0, 1.0, "tests")
SCORES = st.floats(0, 1)
WEIGHTS = st.floats(-5, 5)


def heart(p_gte_1: float) -> RightHeart:
    line = Width(4, (1.0, 1.0), (1.0, 40.0), 40.0)
    return RightHeart(line, line, range=RatioRange(0.8, 1.2, 1.0, p_gte_1))


def exam(above: float, below: float) -> np.ndarray:
    scores = np.full(len(EXAM_LABELS), 0.3)
    scores[ABOVE], scores[BELOW] = above, below
    return scores


def test_what_the_two_labels_hold_together_is_dealt_out_by_the_ratio() -> None:
    told = BY_RATIO_ALONE.applied(exam(0.1, 0.5), heart(0.9))
    assert told[ABOVE] == pytest.approx(0.6 * 0.9)
    assert told[BELOW] == pytest.approx(0.6 * 0.1)
    others = [k for k in range(len(EXAM_LABELS)) if k not in (ABOVE, BELOW)]
    assert (told[others] == 0.3).all()


@pytest.mark.parametrize(
    "unmeasured",
    [None, RightHeart(refusal=HeartRefusal.DEVICE, message="a lead"),
     RightHeart(*[Width(1, (0.0, 0.0), (0.0, 9.0), 9.0)] * 2)],
    ids=["no net", "refused", "not calibrated"],
)  # fmt: skip
def test_without_a_measured_ratio_the_net_is_believed(unmeasured: RightHeart | None) -> None:
    scores = exam(0.1, 0.5)
    assert ratio_logit(unmeasured) is None
    assert (BY_RATIO_ALONE.applied(scores, unmeasured) == scores).all()


@given(above=SCORES, below=SCORES, p=SCORES, weights=st.tuples(WEIGHTS, WEIGHTS, WEIGHTS))
def test_scores_stay_scores_and_hold_no_more_than_before(
    above: float, below: float, p: float, weights: tuple[float, float, float]
) -> None:
    told = StrainRule(*weights, "tests").applied(exam(above, below), heart(p))
    assert ((told >= 0) & (told <= 1)).all()
    assert told[ABOVE] + told[BELOW] <= above + below + 1e-12


def test_the_net_alone_changes_nothing_by_a_rule_that_weighs_it_alone() -> None:
    scores = exam(0.2, 0.6)
    told = StrainRule(0.0, 1.0, 0.0, "tests").applied(scores, heart(0.99))
    assert told == pytest.approx(scores)
    assert share_logit(0.0, 0.0) == 0.0


def test_a_surer_ratio_raises_the_score_of_strain() -> None:
    told = [BY_RATIO_ALONE.applied(exam(0.3, 0.3), heart(p))[ABOVE] for p in (0.1, 0.5, 0.9)]
    assert told == sorted(told)
    assert told[0] < told[-1]


def test_weights_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="no numbers"):
        StrainRule(float("nan"), 1.0, 1.0, "tests")
