"""Judged studies small enough to count by hand, and a small cohort fixed in a file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pe_models.evaluation.kept import Judged
from pe_models.evaluation.scores import PlacedMark, StudyScores
from pe_models.evaluation.truth import EmbolusTruth, StudyTruth
from pe_models.findings import ExamScore, Verdict
from pe_models.flagging import cut_flags
from pe_models.labels import EXAM_LABELS, LEFT, NEGATIVE, RIGHT, RV_LV_LT_1
from pe_models.phantom.fixed_cohort import FixedCohort, FixedStudy, cohort_text
from pe_models.phantom.spec import Kernel, Level, Mimic, PhantomSpec

THRESHOLD = 0.5

MakeJudged = Callable[..., Judged]


@pytest.fixture
def make_judged() -> MakeJudged:
    """``make_judged(image_truth, image_scores, emboli=(), marks=None, exam_scores={}, name="a")``.

    An exam with a positive image is right-sided unless ``sides`` says otherwise; where ``exam``
    gives labels, the others are unknown. Exam scores are 0.1 where not given; raw, calibrated and
    consistent ones are equal.
    """
    return _make_judged


def _make_judged(
    image_truth: tuple[int | None, ...],
    image_scores: tuple[float, ...],
    *,
    emboli: tuple[EmbolusTruth, ...] | None = (),
    marks: tuple[PlacedMark, ...] | None = None,
    exam_scores: dict[str, float] | None = None,
    sides: tuple[str, ...] = (RIGHT,),
    verdict: Verdict = Verdict.NEGATIVE,
    traits: dict[str, str] | None = None,
    exam: dict[str, int | None] | None = None,
    name: str = "a",
) -> Judged:
    is_positive = 1 in image_truth
    on = {*sides, RV_LV_LT_1} if is_positive else {NEGATIVE}
    labels = {label: int(label in on) for label in EXAM_LABELS}
    truth = StudyTruth(
        name=name,
        image=image_truth,
        exam=labels if exam is None else {**dict.fromkeys(EXAM_LABELS), **exam},
        emboli=emboli,
        traits=traits or {},
    )
    given = {label: (exam_scores or {}).get(label, 0.1) for label in EXAM_LABELS}
    scores = StudyScores(
        image_raw=image_scores,
        image=image_scores,
        exam={label: ExamScore(score, score, score) for label, score in given.items()},
        verdict=verdict,
        zone=None,
        flags=cut_flags(_array(image_scores), THRESHOLD),
        flag_threshold=THRESHOLD,
        quality=(),
        marks=marks,
        device="cpu",
        seconds=1.0,
    )
    return Judged(truth, scores)


def _array(values):  # type: ignore[no-untyped-def]
    import numpy as np

    return np.asarray(values, dtype=np.float64)


SMALL_COHORT = FixedCohort(
    "small",
    "2",
    tuple(
        FixedStudy(
            900_500 + k,
            PhantomSpec(
                matrix=96,
                n_slices=24,
                is_positive=k % 2 == 0,
                artery_hu=250.0 + 100 * k,
                kernel=Kernel.SOFT,
                levels=(Level.CENTRAL, Level.LOBAR) if k % 2 == 0 else (),
                mimics=(Mimic.NODULES,) if k < 2 else (),
            ),
        )
        for k in range(4)
    ),
)


@pytest.fixture(scope="session")
def small_cohort() -> FixedCohort:
    return SMALL_COHORT


@pytest.fixture
def cohort_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.json"
    path.write_text(cohort_text(SMALL_COHORT), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def four_judged() -> tuple[Judged, ...]:
    """Two studies with PE, right and left, and two without; each of 6 slices."""
    right = (
        EmbolusTruth("lobar", "right", 1, 2, 300.0),
        EmbolusTruth("segmental", "right", 4, 4, 40.0),
    )
    left = (EmbolusTruth("segmental", "left", 2, 3, 60.0),)
    return (
        _make_judged((0, 1, 1, 0, 1, 0), (0.1, 0.7, 0.9, 0.2, 0.4, 0.3), emboli=right,
                     marks=(PlacedMark(2, 5, 5, 0.8, (0,)), PlacedMark(5, 5, 5, 0.9, ())),
                     exam_scores={RIGHT: 0.8, LEFT: 0.4, NEGATIVE: 0.2},
                     verdict=Verdict.POSITIVE, traits={"kernel": "soft"}, name="r"),
        _make_judged((0, 0, 0, 0, 0, 0), (0.1, 0.6, 0.1, 0.2, 0.2, 0.3),
                     marks=(PlacedMark(1, 5, 5, 0.5, ()),), exam_scores={NEGATIVE: 0.7},
                     traits={"kernel": "sharp"}, name="n1"),
        _make_judged((0, 0, 1, 1, 0, 0), (0.2, 0.1, 0.3, 0.8, 0.2, 0.1), emboli=left,
                     marks=(PlacedMark(3, 5, 5, 0.6, (0,)),), sides=(LEFT,),
                     exam_scores={RIGHT: 0.6, LEFT: 0.5, NEGATIVE: 0.3},
                     verdict=Verdict.POSITIVE, traits={"kernel": "soft"}, name="l"),
        _make_judged((0, 0, 0, 0, 0, 0), (0.2, 0.1, 0.3, 0.4, 0.2, 0.1), marks=(),
                     exam_scores={NEGATIVE: 0.25}, traits={"kernel": "sharp"}, name="n2"),
    )  # fmt: skip
