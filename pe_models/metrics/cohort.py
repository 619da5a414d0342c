"""CohortScores: scores and truth of a cohort, side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pe_models.labels import EXAM_LABELS
from pe_models.metrics.samples import Bools, Floats


@dataclass(frozen=True, slots=True, eq=False)
class CohortScores:
    """Scores and truth of a cohort.

    ``exam_truth`` and ``exam_scores`` are (exam, label) in the order of EXAM_LABELS;
    ``image_truth`` and ``image_scores`` (image,); ``exam_of_image`` (image,) indexes the exams.
    """

    exam_truth: Floats
    exam_scores: Floats
    image_truth: Floats
    image_scores: Floats
    exam_of_image: NDArray[np.intp]

    def __post_init__(self) -> None:
        n_exams = len(self.exam_truth)
        if self.exam_truth.shape != (n_exams, len(EXAM_LABELS)) or n_exams == 0:
            raise ValueError(f"exam truth has shape {self.exam_truth.shape}")
        if self.exam_scores.shape != self.exam_truth.shape:
            raise ValueError(f"exam scores have shape {self.exam_scores.shape}")
        n_images = (len(self.image_truth),)
        images = (self.image_truth, self.image_scores, self.exam_of_image)
        if any(values.shape != n_images for values in images):
            raise ValueError("image truth, scores and exams differ in length")
        if n_images[0] and not 0 <= self.exam_of_image.min() <= self.exam_of_image.max() < n_exams:
            raise ValueError("an image belongs to no exam")

    @property
    def n_exams(self) -> int:
        return len(self.exam_truth)

    @property
    def n_images(self) -> Floats:
        """Images of each exam (exam,)."""
        return np.bincount(self.exam_of_image, minlength=self.n_exams).astype(np.float64)

    @property
    def n_positive_images(self) -> Floats:
        """Positive images of each exam (exam,); unknown ones count as none."""
        weights = np.nan_to_num(self.image_truth)
        counts = np.bincount(self.exam_of_image, weights=weights, minlength=self.n_exams)
        return counts.astype(np.float64)

    @property
    def is_positive(self) -> Bools:
        """(exam,) whether any image is known to be positive."""
        return self.n_positive_images > 0

    @property
    def highest_image_scores(self) -> Floats:
        """Highest image score of each exam (exam,), 0 for an exam without images."""
        highest = np.zeros(self.n_exams)
        np.maximum.at(highest, self.exam_of_image, self.image_scores)
        return highest
