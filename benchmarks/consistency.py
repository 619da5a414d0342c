"""Three ways to mend inconsistent scores: the exact projection, the first and the second place's.

    python -m benchmarks.consistency [--images 60] [--noise 1.6] [--seed 1]

Scores of 7,279 exams with the published label frequencies, so noisy that about a twelfth of the
exams break a rule. Prints for each way the exams that still break a rule, what the correction costs
by the projection's objective and by the competition's exam loss against the truth, and its speed.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.competition.corrections import Corrected, first_place, second_place
from benchmarks.competition.published_labels import image_scores, posterior_scores, published_exams
from pe_models.consistency import broken_rules, project, projection_cost
from pe_models.labels import EXAM_LABELS, EXAM_WEIGHTS
from pe_models.metrics import cross_entropy

Floats = NDArray[np.float64]
Correct = Callable[[Floats, Floats], Corrected]
WEIGHTS = np.array([EXAM_WEIGHTS[label] for label in EXAM_LABELS])


@dataclass(frozen=True)
class Cohort:
    """(exam, label) truth and scores, (exam, image) scores."""

    truth: Floats
    exam: Floats
    image: Floats

    @property
    def n_broken(self) -> int:
        return int(broken_rules(self.exam, self.image.max(axis=1)).any(axis=1).sum())

    @property
    def exam_loss(self) -> float:
        return float((cross_entropy(self.truth, self.exam) @ WEIGHTS).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=60, help="images of an exam")
    parser.add_argument("--noise", type=float, default=1.6, help="of the evidence for a label")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    cohort = drawn(np.random.default_rng(args.seed), args.images, args.noise)
    n_exams = len(cohort.truth)
    print(
        f"{n_exams} exams of {args.images} images, {cohort.n_broken} of them inconsistent "
        f"({cohort.n_broken / n_exams:.1%}); exam loss {cohort.exam_loss:.5f}\n"
    )
    print(f"{'':24}{'still broken':>14}{'cost, nats':>14}{'exam loss':>14}{'us an exam':>14}")
    for name, correct in WAYS.items():
        print(report(name, cohort, correct))


def exact(exam: Floats, image: Floats) -> Corrected:
    projection = project(exam, image)
    return Corrected(projection.exam, projection.image)


WAYS: dict[str, Correct] = {
    "exact projection": exact,
    "first place": first_place,
    "second place": second_place,
}


def drawn(rng: np.random.Generator, n_images: int, noise: float) -> Cohort:
    truth = published_exams(rng)
    exam = posterior_scores(truth, rng, noise=noise)
    return Cohort(truth, exam, image_scores(exam, rng, n_images=n_images))


def report(name: str, cohort: Cohort, correct: Correct) -> str:
    start = time.perf_counter()
    corrected = [correct(*scores) for scores in zip(cohort.exam, cohort.image, strict=True)]
    seconds = time.perf_counter() - start
    after = Cohort(
        cohort.truth,
        np.stack([one.exam for one in corrected]),
        np.stack([one.image for one in corrected]),
    )
    costs = [
        projection_cost((exam, image), (one.exam, one.image))
        for exam, image, one in zip(cohort.exam, cohort.image, corrected, strict=True)
    ]
    rise = after.exam_loss - cohort.exam_loss
    return (
        f"{name:24}{after.n_broken:14d}{sum(costs):14.4f}{rise:+14.5f}"
        f"{1e6 * seconds / len(cohort.truth):14.0f}"
    )


if __name__ == "__main__":
    main()
