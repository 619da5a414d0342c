"""The rule without learning: what it sees, and that it does not do well on the cohort."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.evaluation.darkest_blob import (
    BAR,
    SliceScore,
    darkest_blob,
    exam_auc,
    image_auc,
    score_study,
)
from pe_models.phantom.fixed_cohort import read_fixed_cohort

FILE = Path(__file__).parents[2] / "cohorts" / "eval.json"
PIXEL_MM, ARTERY_HU = 0.7, 350.0


def chest(
    *, blob_hu: float | None, vessel_hu: float = ARTERY_HU, at_mm: float = 0.0
) -> NDArray[np.int16]:
    """Body, one lung, and in it a vessel of 12 mm; in that a blob of 5 mm, ``at_mm`` beside it."""
    rows, cols = np.mgrid[:256, :256]
    hu = np.full((256, 256), -1000.0)
    hu[20:236, 20:236] = 40.0
    hu[60:200, 60:200] = -850.0
    vessel = np.hypot(rows - 128, cols - 120) * PIXEL_MM
    hu[vessel <= 6.0] = vessel_hu
    if blob_hu is not None:
        away = np.hypot(rows - 128, cols - 120 - at_mm / PIXEL_MM) * PIXEL_MM
        hu[away <= 2.5] = blob_hu
    noise = np.random.default_rng(2).normal(0, 10, size=hu.shape)
    return np.rint(ndimage.gaussian_filter(hu, 0.6 / PIXEL_MM) + noise).astype(np.int16)


def score(hu: NDArray[np.int16]) -> float:
    return darkest_blob(hu, pixel_mm=PIXEL_MM, artery_hu=ARTERY_HU)


def test_a_dark_blob_in_a_bright_vessel_scores() -> None:
    clot, plain = score(chest(blob_hu=45.0)), score(chest(blob_hu=None))
    assert clot > 0.4
    assert plain < 0.1


def test_the_darker_the_blob_the_higher_the_score() -> None:
    scores = [score(chest(blob_hu=hu)) for hu in (250.0, 150.0, 50.0)]
    assert scores == sorted(scores)


def test_neither_a_blob_beside_the_vessel_nor_one_in_a_dark_vessel_scores() -> None:
    assert score(chest(blob_hu=45.0, at_mm=14.0)) < 0.1
    assert score(chest(blob_hu=20.0, vessel_hu=60.0)) < 0.1


def test_areas_are_those_of_slices_and_of_exams() -> None:
    scores = [
        SliceScore(1, 0, 0.2, False),
        SliceScore(1, 1, 0.6, True),
        SliceScore(2, 0, 0.5, False),
        SliceScore(3, 0, 0.7, False),
    ]
    assert image_auc(scores) == pytest.approx(2 / 3)
    assert exam_auc(scores) == pytest.approx(1 / 2)


@pytest.mark.long
def test_the_rule_stays_below_its_bar_on_forty_studies() -> None:
    studies = read_fixed_cohort(FILE).studies[:40]
    auc = image_auc([score for study in studies for score in score_study(study, 8)])
    assert auc is not None
    assert auc < BAR
