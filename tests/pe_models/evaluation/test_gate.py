"""The gate holds a candidate to its margins, and says where so few studies cannot tell."""

import json

import pytest

from pe_models.evaluation.compare import Comparison
from pe_models.evaluation.gate import (
    RULE,
    Criterion,
    GateDecision,
    StudySet,
    decide,
)
from pe_models.evaluation.spread import Difference, Estimate

PRIMARY = Criterion(StudySet.HELD_OUT, "image_auc", "AUC of slices", 0.02, is_primary=True)
SAFETY = Criterion(StudySet.SAFETY, "image_auc", "AUC of slices", 0.02)
RULE_OF_TWO = (PRIMARY, SAFETY)


def comparison(in_use: float, candidate: float, *, spread: float = 0.005) -> Comparison:
    """One figure, its difference known to within ``spread`` on both sides."""
    gap = candidate - in_use
    difference = Difference(
        Estimate(in_use, in_use, in_use),
        Estimate(candidate, candidate, candidate),
        Estimate(gap, gap - spread, gap + spread),
    )
    return Comparison(4, {"image_auc": difference}, ())


def decided(held_out: Comparison, safety: Comparison, n_refused: int = 0) -> GateDecision:
    return decide(
        {StudySet.HELD_OUT: held_out, StudySet.SAFETY: safety},
        {StudySet.HELD_OUT: 0, StudySet.SAFETY: n_refused},
        RULE_OF_TWO,
    )


def test_a_candidate_that_is_worse_within_the_margin_passes() -> None:
    assert decided(comparison(0.80, 0.785), comparison(0.80, 0.79)).passes


@pytest.mark.parametrize(("held_out", "safety"), [(0.77, 0.80), (0.80, 0.77)])
def test_worse_than_the_margin_on_either_set_is_refused(held_out: float, safety: float) -> None:
    decision = decided(comparison(0.80, held_out), comparison(0.80, safety))
    assert not decision.passes
    assert [check.holds for check in decision.checks] == [held_out == 0.80, safety == 0.80]


def test_better_on_the_primary_figure_does_not_make_up_for_safety() -> None:
    assert not decided(comparison(0.70, 0.95), comparison(0.80, 0.70)).passes


def test_a_candidate_that_refuses_studies_the_other_reads_is_refused() -> None:
    decision = decided(comparison(0.8, 0.9), comparison(0.8, 0.9), n_refused=2)
    assert not decision.passes
    assert "refuses 2 of the safety cohort" in decision.problems[0]


def test_a_primary_figure_that_is_not_defined_forbids_promotion() -> None:
    decision = decided(Comparison(4, {}, ()), comparison(0.8, 0.9))
    assert not decision.passes
    assert "not defined on the held-out studies" in decision.problems[0]


def test_an_interval_across_the_margin_is_called_unsure() -> None:
    wide = decided(comparison(0.80, 0.80, spread=0.2), comparison(0.80, 0.80))
    assert [check.is_unsure for check in wide.checks] == [True, False]


def test_a_decision_survives_json() -> None:
    decision = decided(comparison(0.80, 0.77), comparison(0.80, 0.79), n_refused=1)
    assert GateDecision.from_dict(json.loads(json.dumps(decision.to_dict()))) == decision


def test_a_decision_of_another_version_is_refused() -> None:
    record = {**decided(comparison(0.8, 0.8), comparison(0.8, 0.8)).to_dict(), "schema_version": 9}
    with pytest.raises(ValueError, match="schema version 9"):
        GateDecision.from_dict(record)


def test_the_rule_has_one_primary_figure_and_a_margin_for_each() -> None:
    assert sum(criterion.is_primary for criterion in RULE) == 1
    assert all(0 < criterion.margin <= 0.05 for criterion in RULE)
    assert {criterion.studies for criterion in RULE} == set(StudySet)
