"""Held-out figures; the threshold for flags favours recall, within limits."""

import numpy as np
import pytest

from pe_models.labels import EXAM_LABELS, EXAM_WEIGHTS, IMAGE_WEIGHT
from pe_models.training.answers.calibrate import (
    HIGHEST_FLAG,
    LOWEST_FLAG,
    RawScores,
    calibrate,
    choose_flag_threshold,
)
from pe_models.training.store import StudyRecord


def study(key: str, image: tuple[int | None, ...], exam: list[int]) -> StudyRecord:
    return StudyRecord(
        key=key, study_uid=key, series_uid=key, group=key,
        sop_uids=tuple(f"{key}.{k}" for k in range(len(image))), image=image,
        exam=dict(zip(EXAM_LABELS, exam, strict=True)), boxes={}, box_source="table",
        lung_slices=None, shape=(len(image), 4, 4), spacing_mm=(2.5, 1.0, 1.0), emboli=None,
        sha256="", source="",
    )  # fmt: skip


def scores_of(studies: list[StudyRecord], seed: int) -> list[RawScores]:
    rng = np.random.default_rng(seed)
    return [(rng.uniform(size=s.n_slices), rng.uniform(size=len(EXAM_LABELS))) for s in studies]


def test_the_held_out_figures_have_the_metric_of_the_competition() -> None:
    """Against its formula in plain loops."""
    studies = [study("a", (0, 1, 1, 0), [1, 0] * 4 + [0]), study("b", (0, 0, 0), [0] * 9)]
    scores = scores_of(studies, seed=5)
    total, weight = 0.0, 0.0
    for one, (image, exam) in zip(studies, scores, strict=True):
        share = sum(label or 0 for label in one.image) / len(one.image)
        for label, p in zip(EXAM_LABELS, exam, strict=True):
            total -= EXAM_WEIGHTS[label] * np.log(p if one.exam[label] else 1 - p)
        for label, p in zip(one.image, image, strict=True):
            total -= IMAGE_WEIGHT * share * np.log(p if label else 1 - p)
        weight += 1 + IMAGE_WEIGHT * share * len(one.image)
    fitted = calibrate(scores, studies, calibrated_on="a test", is_wanted=False)
    assert fitted.metrics["competition_score"] == pytest.approx(total / weight)


def test_the_metric_is_left_out_where_a_label_is_unknown() -> None:
    studies = [study("a", (0, 1, None), [1] * 9), study("b", (0, 0, 0), [0] * 9)]
    fitted = calibrate(scores_of(studies, seed=5), studies, calibrated_on="a test", is_wanted=False)
    assert "competition_score" not in fitted.metrics


def test_nine_of_ten_positive_slices_are_flagged() -> None:
    scores = np.concatenate([np.linspace(0.2, 0.6, 101), np.zeros(400)])
    truth = np.concatenate([np.ones(101), np.zeros(400)])
    threshold = choose_flag_threshold(scores, truth)
    assert threshold == pytest.approx(0.24)
    assert (scores[truth == 1] >= threshold).mean() == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize(
    ("positive_score", "threshold"), [(0.99, HIGHEST_FLAG), (0.001, LOWEST_FLAG)]
)
def test_the_threshold_stays_within_its_limits(positive_score: float, threshold: float) -> None:
    scores = np.array([positive_score, 0.0])
    assert choose_flag_threshold(scores, np.array([1.0, 0.0])) == threshold


def test_without_positive_slices_the_threshold_is_the_middle() -> None:
    assert choose_flag_threshold(np.zeros(3), np.zeros(3)) == HIGHEST_FLAG
    assert choose_flag_threshold(np.ones(2), np.full(2, np.nan)) == HIGHEST_FLAG
