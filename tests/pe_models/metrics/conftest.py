"""A small cohort, drawn."""

from collections.abc import Callable

import numpy as np
import pytest

from pe_models.metrics import CohortScores


@pytest.fixture
def draw_cohort() -> Callable[..., CohortScores]:
    """``draw_cohort(seed=4, n_exams=12)``: images of an exam do not stand together."""
    return _draw


def _draw(seed: int = 4, n_exams: int = 12) -> CohortScores:
    rng = np.random.default_rng(seed)
    exam_of_image = rng.permutation(np.repeat(np.arange(n_exams), rng.integers(3, 30, n_exams)))
    return CohortScores(
        exam_truth=rng.integers(0, 2, (n_exams, 9)).astype(float),
        exam_scores=rng.random((n_exams, 9)),
        image_truth=(rng.random(exam_of_image.size) < 0.1 * (exam_of_image % 3)).astype(float),
        image_scores=rng.random(exam_of_image.size),
        exam_of_image=exam_of_image,
    )
