"""Straight to arrays, and through DICOM files: the same scores."""

from dataclasses import replace
from pathlib import Path

import pytest

from pe_models import cli
from pe_models.bundle import ModelBundle, load_bundle
from pe_models.evaluation.cohort_source import make_known
from pe_models.evaluation.dicom_road import (
    TOLERANCE,
    agreement,
    largest_difference,
    through_dicom,
)
from pe_models.evaluation.judge import judge_one, scores_of
from pe_models.evaluation.kept import Judged
from pe_models.findings import ExamScore, Findings, Verdict
from pe_models.phantom.cohort import write_study
from pe_models.phantom.fixed_cohort import FixedCohort, read_fixed_cohort
from pe_models.pipeline import Pipeline

EVAL = Path(__file__).parents[2] / "cohorts" / "eval.json"


def test_both_roads_give_the_same_scores(
    tiny_bundle: ModelBundle, small_cohort: FixedCohort
) -> None:
    pipeline = Pipeline(tiny_bundle, "cpu")
    for study in small_cohort.studies[:2]:
        straight = judge_one(make_known(study), pipeline).scores
        found = through_dicom(study, pipeline)
        assert largest_difference(straight, found) <= TOLERANCE
        assert found.verdict is straight.verdict
        assert found.quality == straight.quality


def test_the_largest_difference_is_found_wherever_it_is(
    four_judged: tuple[Judged, ...],
) -> None:
    one = four_judged[0].scores
    image = (*one.image[:-1], one.image[-1] + 0.25)
    assert largest_difference(one, replace(one, image=image)) == pytest.approx(0.25)
    exam = {**one.exam, "central_pe": ExamScore(0.1, 0.4, 0.1)}
    assert largest_difference(one, replace(one, exam=exam)) == pytest.approx(0.3)
    assert largest_difference(one, one) == 0.0


def test_roads_that_differ_are_told(tiny_bundle: ModelBundle, small_cohort: FixedCohort) -> None:
    pipeline, study = Pipeline(tiny_bundle, "cpu"), small_cohort.studies[1]
    judged = judge_one(make_known(study), pipeline)
    raw = tuple(score + 0.01 for score in judged.scores.image_raw)
    spoilt = replace(judged, scores=replace(judged.scores, image_raw=raw, verdict=Verdict.POSITIVE))
    found = agreement([spoilt], {study.name: study}, pipeline)
    assert found.largest_difference == pytest.approx(0.01, abs=1e-4)
    assert not found.holds


@pytest.mark.long
def test_a_study_of_the_evaluation_cohort_is_analysed_from_files_as_from_arrays(
    tmp_path: Path,
) -> None:
    """With the shipped bundle, and the command that others use; the study of fewest slices."""
    study = next(s for s in read_fixed_cohort(EVAL).studies if s.spec.slice_spacing_mm == 3.0)
    straight = judge_one(make_known(study), Pipeline(load_bundle(), "cpu")).scores
    folder = write_study(tmp_path / "study", study.seed, study.spec)
    command = ["analyze", folder, "--out", tmp_path / "findings.json", "--device", "cpu"]
    assert cli.main([str(word) for word in command]) == 0
    findings = Findings.from_json((tmp_path / "findings.json").read_text())
    assert largest_difference(straight, scores_of(findings, None, 0.0)) <= TOLERANCE
    assert findings.verdict is straight.verdict
