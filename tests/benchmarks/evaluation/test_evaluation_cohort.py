"""The evaluation cohort as it stands in its file: counted anew, and changed on purpose alone."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.evaluation.cohort import evaluation_cohort
from benchmarks.evaluation.planned import planned, planned_table
from pe_models.phantom.fixed_cohort import FixedCohort, FixedStudy, cohort_text, read_fixed_cohort
from pe_models.phantom.spec import Kernel, Level, Mimic

FILE = Path(__file__).parents[2] / "cohorts" / "eval.json"

SHA256 = "d974b922b5dce34a2ac9c7a29adf642a5f6dbfa9a0695167ad4f4315e1d37606"
"""Every figure on the cohort is a figure on this file. It may only be made harder."""


@pytest.fixture(scope="module")
def cohort() -> FixedCohort:
    return read_fixed_cohort(FILE)


@pytest.fixture(scope="module")
def positive(cohort: FixedCohort) -> list[FixedStudy]:
    return [study for study in cohort.studies if study.spec.is_positive]


@pytest.fixture(scope="module")
def negative(cohort: FixedCohort) -> list[FixedStudy]:
    return [study for study in cohort.studies if not study.spec.is_positive]


def test_the_file_is_the_one_that_the_figures_are_on() -> None:
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == SHA256


def test_the_recipe_gives_the_file() -> None:
    assert cohort_text(evaluation_cohort()) == FILE.read_text(encoding="utf-8")


def test_half_of_200_studies_are_positive_in_turn(cohort: FixedCohort) -> None:
    assert [study.spec.is_positive for study in cohort.studies] == [True, False] * 100


def test_clots_are_15_25_35_and_25_percent_by_level(positive: list[FixedStudy]) -> None:
    counts = Counter(level for study in positive for level in study.spec.levels)
    share = {level: count / counts.total() for level, count in counts.items()}
    assert share == {
        Level.CENTRAL: 0.15,
        Level.LOBAR: 0.25,
        Level.SEGMENTAL: 0.35,
        Level.SUBSEGMENTAL: 0.25,
    }
    assert sum(len(study.spec.levels) == 1 for study in positive) == 35


def test_arteries_span_150_to_600_hu_in_both_halves_alike(
    positive: list[FixedStudy], negative: list[FixedStudy]
) -> None:
    bolus = [sorted(s.spec.artery_hu or 0.0 for s in half) for half in (positive, negative)]
    assert bolus[0] == bolus[1]
    assert (bolus[0][0], bolus[0][-1]) == (150.0, 600.0)
    assert max(b - a for a, b in zip(bolus[0], bolus[0][1:], strict=False)) <= 5.0


def test_scanning_tells_nothing_of_the_answer(
    positive: list[FixedStudy], negative: list[FixedStudy]
) -> None:
    """Each way of slicing with each kernel, five times in either half."""
    ways = [
        Counter((s.spec.slice_thickness_mm, s.spec.slice_spacing_mm, s.spec.kernel) for s in half)
        for half in (positive, negative)
    ]
    assert ways[0] == ways[1]
    assert set(ways[0].values()) == {5}
    thickness = {way[0] for way in ways[0]}
    assert (min(thickness), max(thickness)) == (0.6, 3.0)
    assert {way[2] for way in ways[0]} == set(Kernel)


def test_every_lookalike_stands_in_both_halves_equally_often(
    positive: list[FixedStudy], negative: list[FixedStudy]
) -> None:
    counts = [
        Counter(m for s in half for m in s.spec.mimics or ()) for half in (positive, negative)
    ]
    assert counts[0] == counts[1]
    assert set(counts[0]) == set(Mimic)
    assert min(counts[0].values()) >= 6


def test_studies_can_be_planned_and_hold_what_was_asked(cohort: FixedCohort) -> None:
    chosen = cohort.studies[:4]
    plans = planned(chosen)
    for study, plan in zip(chosen, plans, strict=True):
        assert not plan.problem
        assert Counter(clot.level for clot in plan.emboli) == Counter(study.spec.levels)
        assert plan.n_slices > 60
    assert "| studies planned | 4 |" in planned_table(plans)


@pytest.mark.long
def test_all_200_can_be_planned_and_every_label_has_both_answers(cohort: FixedCohort) -> None:
    plans = planned(cohort.studies)
    assert [plan.problem for plan in plans if plan.problem] == []
    counts = Counter(clot.level for plan in plans for clot in plan.emboli)
    assert counts == {
        Level.CENTRAL: 39,
        Level.LOBAR: 65,
        Level.SEGMENTAL: 91,
        Level.SUBSEGMENTAL: 65,
    }
    exams = [plan for plan in plans if plan.emboli]
    ages = [{clot.is_acute for clot in plan.emboli} for plan in exams]
    assert sum(age == {False} for age in ages) >= 8
    assert sum(age == {True, False} for age in ages) >= 3
    assert sum(plan.sides == {"right"} for plan in exams) >= 15
    assert sum(plan.sides == {"left"} for plan in exams) >= 15
    assert 25 <= sum(plan.rv_lv_ratio >= 1.0 for plan in exams) <= 60
    assert sum(plan.is_indeterminate for plan in plans) >= 5
