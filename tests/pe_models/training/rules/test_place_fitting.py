"""Rules are fitted to what the examples show: least scores, levels, and sides of exams."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.errors import DatasetError
from pe_models.findings import ArteryLevel
from pe_models.labels import CENTRAL, LEFT, RIGHT
from pe_models.placing.exam_sides import SideEvidence
from pe_models.placing.levels import LEVELS
from pe_models.placing.rules import LEAST_BESIDE, LEAST_SCORE
from pe_models.training.rules.examples import PlaceExample, StudyExamples
from pe_models.training.rules.fitting import (
    fit_exam_sides,
    fit_levels,
    fit_place_rules,
    least_score,
)

MISS = PlaceExample(0, 0.55, None, False, None)
HIT = PlaceExample(0, 0.9, None, True, None)


def studies(n: int = 60, seed: int = 5) -> list[StudyExamples]:
    """Exams whose sides follow the evidence, with some doubt, and not the net."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        right, left, central = rng.normal(0, 3, size=3)
        found.append(
            StudyExamples(
                None,
                SideEvidence(right, left, central),
                {RIGHT: rng.random(), LEFT: rng.random(), CENTRAL: rng.random()},
                {
                    label: int(logit + rng.normal() > 0)
                    for label, logit in ((RIGHT, right), (LEFT, left), (CENTRAL, central))
                },
            )
        )
    return found


def test_the_least_score_is_the_first_from_which_nine_of_ten_places_lie_in_a_clot() -> None:
    places = [MISS] * 10 + [replace(MISS, score=0.7)] * 4 + [HIT] * 40
    assert least_score(places) == 0.6  # 40 of 44


def test_of_too_few_hits_nothing_is_said() -> None:
    assert least_score([HIT] * 20) is None


def test_levels_are_learnt_where_each_has_examples() -> None:
    rng = np.random.default_rng(3)
    places = [
        PlaceExample(0, 0.9, (float(level + rng.normal(0, 0.2)), rng.normal()), True, LEVELS[level])
        for level in range(4)
        for _ in range(20)
    ]
    rule = fit_levels(places)
    assert rule is not None
    for level in range(4):
        assert rule.level_of(np.array([float(level), 0.0])) is LEVELS[level]


def test_without_examples_of_a_level_there_is_no_rule() -> None:
    places = [PlaceExample(0, 0.9, (1.0,), True, ArteryLevel.LOBAR)] * 50
    assert fit_levels(places) is None


def test_sides_follow_the_evidence_where_the_net_knows_nothing() -> None:
    rule = fit_exam_sides(studies())
    for weights in (rule.side, rule.central):
        assert weights.of_own > 0.5
        assert abs(weights.of_net) < 0.3
    assert abs(rule.side.of_other) < 0.3
    assert rule.central.of_other == 0.0


def test_a_store_without_masks_gives_sides_alone() -> None:
    rules = fit_place_rules(studies(), fitted_on="60 exams")
    assert (rules.least_score, rules.least_beside) == (LEAST_SCORE, LEAST_BESIDE)
    assert rules.levels is None
    assert rules.exam_sides is not None
    assert rules.fitted_on == "60 exams"


def test_unknown_labels_and_trunks_that_were_not_seen_are_left_out() -> None:
    known = studies()
    unknown = [
        replace(study, exam={RIGHT: None, LEFT: None, CENTRAL: None}) for study in studies(seed=6)
    ]
    unseen = [
        replace(
            study,
            evidence=replace(study.evidence, central=None),
            exam={**study.exam, RIGHT: None, LEFT: None},
        )
        for study in studies(seed=7)
    ]
    assert fit_exam_sides([*known, *unknown, *unseen]) == fit_exam_sides(known)


def test_exams_of_one_kind_alone_are_refused() -> None:
    negative = [replace(s, exam=dict.fromkeys(s.exam, 0)) for s in studies()]
    with pytest.raises(DatasetError, match="with and without"):
        fit_exam_sides(negative)


def test_examples_come_back_from_their_record() -> None:
    (study,) = studies(1)
    full = replace(study, places=(MISS, PlaceExample(1, 0.8, (1.5, 2.0), True, ArteryLevel.LOBAR)))
    for examples in (study, full):
        assert StudyExamples.from_dict(examples.to_dict()) == examples
