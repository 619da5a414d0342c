"""A rule for strain is fitted where the measured ratio helps, and nowhere else."""

import numpy as np
import pytest

from pe_models.labels import RV_LV_GTE_1, RV_LV_LT_1
from pe_models.placing.exam_sides import SideEvidence
from pe_models.training.rules.examples import StudyExamples
from pe_models.training.rules.strain import fit_strain, left_out_entropy

NO_SIDES = SideEvidence(0.0, 0.0, None)


def exam(above: int | None, below: int | None, net: float, ratio: float | None) -> StudyExamples:
    scores = {RV_LV_GTE_1: net * 0.8, RV_LV_LT_1: (1 - net) * 0.8}
    return StudyExamples(None, NO_SIDES, scores, {RV_LV_GTE_1: above, RV_LV_LT_1: below}, ratio)


def exams(n: int = 80, *, ratio_knows: bool, seed: int = 4) -> list[StudyExamples]:
    """The net guesses; the ratio knows, or guesses too."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        is_above = int(rng.random() < 0.4)
        ratio = rng.normal(2.0 * (2 * is_above - 1), 1.5) if ratio_knows else rng.normal()
        found.append(exam(is_above, 1 - is_above, rng.random(), float(ratio)))
    return found


def test_a_ratio_that_knows_is_weighed_and_the_guessing_net_is_not() -> None:
    rule = fit_strain(exams(ratio_knows=True), fitted_on="a store")
    assert rule is not None
    assert rule.of_ratio > 0.8
    assert abs(rule.of_net) < 0.4
    assert rule.fitted_on == "80 exams with PE of a store"


def test_a_ratio_that_guesses_is_left_out() -> None:
    assert fit_strain(exams(ratio_knows=False), fitted_on="a store") is None


def test_exams_without_pe_unknown_labels_and_unmeasured_hearts_are_not_learnt_from() -> None:
    known = exams(ratio_knows=True)
    others = [exam(0, 0, 0.9, -5.0), exam(None, None, 0.9, -5.0), exam(1, 0, 0.1, None)] * 20
    assert fit_strain([*known, *others], fitted_on="s") == fit_strain(known, fitted_on="s")


@pytest.mark.parametrize("n", [19, 3])
def test_of_too_few_exams_nothing_is_said(n: int) -> None:
    assert fit_strain(exams(ratio_knows=True)[:n], fitted_on="a store") is None


def test_exams_of_one_kind_say_nothing() -> None:
    above = [study for study in exams(200, ratio_knows=True) if study.exam[RV_LV_GTE_1] == 1]
    assert len(above) > 40
    assert fit_strain(above, fitted_on="a store") is None


def test_the_entropy_of_exams_left_out_is_that_of_guessing_where_nothing_is_known() -> None:
    truth = np.array([0, 1] * 40)
    entropy = left_out_entropy(np.zeros((80, 1)), truth)
    assert entropy == pytest.approx(np.log(2), abs=1e-6)
