"""Evidence of sides, and what a rule makes of it beside the nets' own scores."""

import numpy as np
import pytest

from pe_models.calibration import logit, sigmoid
from pe_models.labels import CENTRAL, EXAM_LABELS, LEFT, RIGHT
from pe_models.placing.exam_sides import ExamSideRule, SideEvidence, SideWeights, side_evidence
from pe_models.placing.frame import ChestFrame

ALL_SURE = np.full(6, 1.0 - 1e-9)
RULE = ExamSideRule(side=SideWeights(0.5, 1.0, 0.5, -0.25), central=SideWeights(-1.0, 0.5, 1.0))


def test_each_side_has_the_evidence_of_its_surest_place(make_maps) -> None:  # type: ignore[no-untyped-def]
    maps = make_maps({(2, 30, 5): 2.0, (4, 30, 5): 3.0, (1, 30, 55): -1.0})
    found = side_evidence(maps, ALL_SURE)
    assert found.right == pytest.approx(3.0, abs=1e-3)
    assert found.left == pytest.approx(-1.0, abs=1e-3)
    assert found.central == pytest.approx(-9.0, abs=1e-2)  # 37 mm and more aside, or behind


def test_a_slice_that_scores_low_lowers_the_evidence_on_it(make_maps) -> None:  # type: ignore[no-untyped-def]
    image_scores = np.array([0.0, 0.0, 0.25, 0.0, 1.0, 0.0])
    found = side_evidence(make_maps({(2, 30, 5): 2.0, (4, 30, 5): -2.0}), image_scores)
    expected = max(0.25 * float(sigmoid(2.0)), float(sigmoid(-2.0)))
    assert found.right == pytest.approx(float(logit(expected)), abs=1e-3)


def test_the_trunk_speaks_for_central_emboli_and_for_its_side(make_maps) -> None:  # type: ignore[no-untyped-def]
    """Cell (2, 2, 36): 26 mm in front of the carina, 10 mm to its left, 2.5 mm below it."""
    found = side_evidence(make_maps({(2, 2, 36): 4.0}), ALL_SURE)
    assert found.central == pytest.approx(4.0, abs=1e-2)
    assert max(found.right, found.left) == found.central


def test_without_a_carina_nothing_is_said_of_central_emboli(make_maps) -> None:  # type: ignore[no-untyped-def]
    guessed = ChestFrame((3.0, 39.5, 59.5), (2.5, 0.75, 0.75), is_seen=False)
    assert side_evidence(make_maps({}, guessed), ALL_SURE).central is None


def test_a_rule_weighs_the_net_and_both_sides(side_rule: ExamSideRule) -> None:
    exam = np.full(len(EXAM_LABELS), 0.5)
    exam[EXAM_LABELS.index(RIGHT)] = sigmoid(1.0)
    told = dict(
        zip(EXAM_LABELS, side_rule.applied(exam, SideEvidence(2.0, -4.0, 1.5)), strict=True)
    )
    assert told[RIGHT] == pytest.approx(float(sigmoid(0.5 + 1.0 + 1.0 + 1.0)))
    assert told[LEFT] == pytest.approx(float(sigmoid(0.5 + 0.0 - 2.0 - 0.5)))
    assert told[CENTRAL] == pytest.approx(float(sigmoid(-1.0 + 1.5)))
    others = set(EXAM_LABELS) - {RIGHT, LEFT, CENTRAL}
    assert {told[label] for label in others} == {0.5}


def test_the_central_score_stays_where_there_is_no_evidence(side_rule: ExamSideRule) -> None:
    exam = np.full(len(EXAM_LABELS), 0.3)
    told = side_rule.applied(exam, SideEvidence(2.0, -4.0, None))
    assert told[EXAM_LABELS.index(CENTRAL)] == 0.3


def test_weights_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="no numbers"):
        SideWeights(float("nan"), 1.0, 1.0)
