"""Raw scores become a verdict: consistent, and never negative where PE cannot be excluded."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.calibration import Calibration, Platt, ZoneThresholds
from pe_models.consistency import violations
from pe_models.findings import Quality, QualityCode, QualityWarning, Verdict, Zone
from pe_models.heart.strain import StrainRule
from pe_models.heart_findings import RatioRange, RightHeart, Width
from pe_models.judgement import Judgement, JudgementRules, exam_pe_score, judge
from pe_models.labels import (
    CENTRAL,
    EXAM_LABELS,
    IMAGE_LABEL,
    INDETERMINATE,
    NEGATIVE,
    RIGHT,
    RV_LV_GTE_1,
    RV_LV_LT_1,
)
from pe_models.placing.exam_sides import ExamSideRule, SideEvidence, SideWeights

ZONES = ZoneThresholds(0.2, 0.8, 0.05, 0.05, 100, 100)
RULES = JudgementRules(Calibration("phantoms"), ZONES, flag_threshold=0.3)
GOOD = Quality(pulmonary_artery_hu=400.0)
THICK = Quality(400.0, (QualityWarning(QualityCode.THICK_SLICES, "Slices of 5 mm."),))

SCORES = st.floats(0, 1)
EXAMS = st.lists(SCORES, min_size=9, max_size=9).map(np.asarray)
IMAGES = st.lists(SCORES, min_size=1, max_size=20).map(np.asarray)


def exam(**scores: float) -> np.ndarray:
    """Raw exam scores, 0.05 unless given."""
    return np.asarray([scores.get(label, 0.05) for label in EXAM_LABELS])


CLEARLY_NEGATIVE = exam(negative_exam_for_pe=0.95)
CLEARLY_POSITIVE = exam(central_pe=0.9, rightsided_pe=0.8, rv_lv_ratio_gte_1=0.7)


def judged(image: list[float], exam_raw: np.ndarray, quality: Quality = GOOD) -> Judgement:
    return judge(np.asarray(image), exam_raw, quality=quality, rules=RULES)


def test_a_clearly_negative_exam_of_good_quality_is_negative() -> None:
    judgement = judged([0.02, 0.1, 0.01], CLEARLY_NEGATIVE)
    assert judgement.verdict is Verdict.NEGATIVE
    assert judgement.zone is Zone.NEGATIVE
    assert judgement.flags == ()


def test_the_same_exam_is_indeterminate_where_the_ct_cannot_exclude_pe() -> None:
    judgement = judged([0.02, 0.1, 0.01], CLEARLY_NEGATIVE, THICK)
    assert judgement.verdict is Verdict.INDETERMINATE
    assert judgement.exam[INDETERMINATE].consistent > 0.5
    assert judgement.exam[NEGATIVE].consistent <= 0.5
    assert judgement.zone is Zone.UNCERTAIN


def test_a_clot_is_still_positive_where_the_ct_cannot_exclude_pe() -> None:
    judgement = judged([0.02, 0.9, 0.6], CLEARLY_POSITIVE, THICK)
    assert judgement.verdict is Verdict.POSITIVE
    assert [(flag.first, flag.peak, flag.last) for flag in judgement.flags] == [(1, 1, 2)]


def test_an_exam_keeps_its_three_scores() -> None:
    rules = JudgementRules(
        Calibration("phantoms", {CENTRAL: Platt(1.0, -3.0), IMAGE_LABEL: Platt(2.0, 0.0)}),
        ZONES,
        flag_threshold=0.3,
    )
    judgement = judge(np.asarray([0.6, 0.2]), CLEARLY_POSITIVE, quality=GOOD, rules=rules)
    central = judgement.exam[CENTRAL]
    odds = 9.0 * np.exp(-3.0)  # 0.9 is odds of 9
    assert central.raw == 0.9
    assert central.calibrated == pytest.approx(odds / (1 + odds))
    assert judgement.exam[RV_LV_GTE_1].calibrated == pytest.approx(0.7)
    np.testing.assert_allclose(judgement.image, [2.25 / 3.25, 0.0625 / 1.0625])  # odds squared


def test_flags_are_cut_from_the_scores_that_are_shown() -> None:
    judgement = judged([0.7, 0.45, 0.02], CLEARLY_NEGATIVE)  # the image scores are pulled to 0.5
    assert judgement.verdict is Verdict.NEGATIVE
    assert judgement.flags[0].score == judgement.image[0] == 0.5
    assert "1d" in judgement.violations_before
    assert judgement.consistency_cost > 0


def test_without_zone_thresholds_there_is_no_zone() -> None:
    rules = JudgementRules(Calibration("phantoms"), None, flag_threshold=0.3)
    assert judge(np.asarray([0.1]), CLEARLY_NEGATIVE, quality=GOOD, rules=rules).zone is None


def test_the_zone_is_read_from_the_score_of_not_being_negative() -> None:
    assert exam_pe_score(exam(negative_exam_for_pe=0.3)) == pytest.approx(0.7)
    assert judged([0.9], exam(negative_exam_for_pe=0.1, central_pe=0.9)).zone is Zone.POSITIVE


def test_scores_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        judged([0.1, float("nan")], CLEARLY_NEGATIVE)


@given(IMAGES, EXAMS, st.sampled_from([GOOD, THICK]))
def test_the_shown_scores_break_no_rule(
    image: np.ndarray, exam_raw: np.ndarray, quality: Quality
) -> None:
    judgement = judge(image, exam_raw, quality=quality, rules=RULES)
    consistent = [judgement.exam[label].consistent for label in EXAM_LABELS]
    assert violations(consistent, judgement.image) == ()


@given(IMAGES, EXAMS)
def test_a_ct_that_cannot_exclude_pe_is_never_called_negative(
    image: np.ndarray, exam_raw: np.ndarray
) -> None:
    judgement = judge(image, exam_raw, quality=THICK, rules=RULES)
    assert judgement.verdict is not Verdict.NEGATIVE
    assert judgement.zone is not Zone.NEGATIVE
    assert (judgement.verdict is Verdict.POSITIVE) == bool((image > 0.5).any())


def test_sides_are_told_by_where_the_clots_are_where_the_bundle_has_a_rule() -> None:
    """The rule takes the right side's logit for its score; the net's own is .8 before it."""
    of_places = ExamSideRule(SideWeights(0, 0, 1), SideWeights(0, 0, 1))
    with_rule, sides = replace(RULES, exam_sides=of_places), SideEvidence(3.0, -3.0, None)
    image = np.array([0.9])
    told = judge(image, CLEARLY_POSITIVE, quality=GOOD, rules=with_rule, sides=sides).exam
    assert told[RIGHT].raw == 0.8
    assert told[RIGHT].calibrated == pytest.approx(1 / (1 + np.exp(-3.0)))
    assert told[CENTRAL].calibrated == 0.9
    for rules, evidence in ((RULES, sides), (with_rule, None)):
        untold = judge(image, CLEARLY_POSITIVE, quality=GOOD, rules=rules, sides=evidence).exam
        assert untold[RIGHT].calibrated == 0.8


def test_strain_is_told_by_the_measured_ratio_where_the_bundle_has_a_rule() -> None:
    by_ratio = replace(RULES, strain=StrainRule(0.0, 0.0, 1.0, "tests"))
    line = Width(3, (0.0, 0.0), (0.0, 40.0), 40.0)
    heart = RightHeart(line, line, range=RatioRange(0.7, 0.9, 0.1, 0.01))
    image, scores = np.array([0.9]), exam(central_pe=0.9, rv_lv_ratio_gte_1=0.7)
    told = judge(image, scores, quality=GOOD, rules=by_ratio, heart=heart).exam
    assert told[RV_LV_GTE_1].raw == 0.7
    assert told[RV_LV_GTE_1].calibrated == pytest.approx(0.75 * 0.01)
    assert told[RV_LV_LT_1].consistent > 0.5 >= told[RV_LV_GTE_1].consistent
    for rules, measured in ((RULES, heart), (by_ratio, None)):
        untold = judge(image, scores, quality=GOOD, rules=rules, heart=measured).exam
        assert untold[RV_LV_GTE_1].calibrated == 0.7
