"""Bias, limits and strain of measured ratios, counted by hand."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pe_models.evaluation.heart import heart_figures
from pe_models.evaluation.kept import Judged
from pe_models.evaluation.measures import measure
from pe_models.evaluation.scores import StudyScores
from pe_models.evaluation.truth import StudyTruth
from pe_models.findings import ExamScore
from pe_models.heart_findings import HeartRefusal, RatioRange, RightHeart, Width
from pe_models.labels import RV_LV_GTE_1, RV_LV_LT_1

MakeJudged = Callable[..., Judged]

HEARTS = ((44.0, 40.0, 1.0), (36.0, 40.0, 0.95), (30.0, 40.0, 0.70), (50.0, 40.0, 1.3))
"""RV and LV as measured, and the true ratio; errors of 0.10, -0.05, 0.05 and -0.05."""


def width(mm: float) -> Width:
    return Width(3, (10.0, 10.0), (10.0, 10.0 + mm), mm)


@pytest.fixture
def judged(make_judged: MakeJudged) -> list[Judged]:
    """Four that were measured, one refused, one whose truth is unknown."""
    found = []
    for k, (rv_mm, lv_mm, truth) in enumerate(HEARTS):
        ratio = rv_mm / lv_mm
        reach = RatioRange(ratio - 0.08, ratio + 0.08, 0.6, 0.4)
        one = make_judged((0, 1 - k % 2), (0.1, 0.6), name=f"m{k}")
        found.append(_with(one, RightHeart(width(rv_mm), width(lv_mm), range=reach), truth))
    refused = RightHeart(refusal=HeartRefusal.DEVICE, message="Metal.")
    found.append(_with(make_judged((0, 0), (0.1, 0.2), name="r"), refused, 1.2))
    bare = make_judged((0, 0), (0.1, 0.2), name="u")
    found.append(
        Judged(bare.truth, replace(bare.scores, heart=RightHeart(width(40.0), width(41.0))))
    )
    return found


def _with(judged: Judged, heart: RightHeart, true_ratio: float) -> Judged:
    truth = replace(judged.truth, ventricles_mm=(40.0 * true_ratio, 40.0))
    return Judged(truth, replace(judged.scores, heart=heart))


def test_figures_are_those_counted_by_hand(judged: list[Judged]) -> None:
    figures = heart_figures(judged)
    assert figures is not None
    assert figures["n_measured"] == 4
    assert figures["refused"] == {"device": 1}
    assert figures["bias"] == pytest.approx(0.0125)
    assert figures["near"] == 1.0
    sd = np.sqrt(np.mean(np.square([0.0875, -0.0625, 0.0375, -0.0625])))  # less the bias
    assert figures["limits"] == pytest.approx([0.0125 - 1.96 * sd, 0.0125 + 1.96 * sd])
    assert figures["interval_holds"] == 0.75
    assert figures["strain_auc"] == 1.0


def test_a_ratio_far_off_is_not_near_and_a_misranked_strain_lowers_the_auc(
    judged: list[Judged],
) -> None:
    heart = judged[3].scores.heart
    assert heart is not None
    low = Judged(
        judged[3].truth,
        replace(judged[3].scores, heart=RightHeart(width(28.0), width(40.0))),
    )
    figures = heart_figures([*judged[:3], low])
    assert figures is not None
    assert figures["near"] == 0.75
    assert figures["strain_auc"] == 0.5


def test_labels_are_told_apart_by_what_is_said_and_by_what_the_net_says(
    judged: list[Judged],
) -> None:
    """The net has them the wrong way round, what is told of the exam the right one."""
    told = []
    for k, one in enumerate(judged[:4]):
        truth = {RV_LV_GTE_1: k % 2, RV_LV_LT_1: 1 - k % 2}
        own, right = 0.8 - 0.6 * (k % 2), 0.2 + 0.6 * (k % 2)
        scores = {
            RV_LV_GTE_1: ExamScore(own, right, right),
            RV_LV_LT_1: ExamScore(1 - own, 1 - right, 1 - right),
        }
        told.append(
            Judged(
                replace(one.truth, exam={**one.truth.exam, **truth}),
                replace(one.scores, exam={**one.scores.exam, **scores}),
            )
        )
    without_pe = replace(told[0].truth, exam={**told[0].truth.exam, RV_LV_LT_1: 0})
    figures = heart_figures([*told, replace(told[0], truth=without_pe)])
    assert figures is not None
    assert (figures["label_auc"], figures["label_auc_of_net"]) == (1.0, 0.0)


def test_without_a_net_of_the_heart_there_are_no_figures(make_judged: MakeJudged) -> None:
    assert heart_figures([make_judged((0, 1), (0.1, 0.6))]) is None


def test_they_stand_in_the_metrics_with_their_intervals(judged: list[Judged]) -> None:
    figures = measure(judged)
    assert figures["heart"]["n_measured"] == 4
    assert {"heart.bias", "heart.near", "heart.strain_auc"} <= set(figures["intervals"])


def test_truth_and_scores_of_a_heart_are_kept(judged: list[Judged]) -> None:
    for one in judged:
        truth, scores = json.loads(json.dumps([one.truth.to_dict(), one.scores.to_dict()]))
        assert StudyTruth.from_dict(truth) == one.truth
        assert StudyScores.from_dict(scores) == one.scores
        del truth["ventricles_mm"], scores["heart"]  # as they were kept before
        assert StudyTruth.from_dict(truth).ventricles_mm is None
        assert StudyScores.from_dict(scores).heart is None
