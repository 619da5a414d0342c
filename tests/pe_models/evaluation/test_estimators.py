"""Estimators: at even weights the figures of metrics and froc; a weight of two is a study twice."""

import numpy as np
import pytest

from pe_models import metrics
from pe_models.evaluation.estimators import (
    calibrated_scores,
    competition_estimator,
    consistent_scores,
    label_estimators,
    raw_scores,
    side_estimators,
)
from pe_models.evaluation.finding import MarkBy, finding_estimators, marked_studies
from pe_models.evaluation.kept import Judged
from pe_models.evaluation.measures import all_estimators
from pe_models.froc import SIZE_RANGES, froc
from pe_models.labels import EXAM_LABELS, IMAGE_LABEL, LEFT, RIGHT

EVEN = np.ones(4)


def test_even_weights_give_the_figures_of_metrics(four_judged: tuple[Judged, ...]) -> None:
    found = {name: figure(EVEN) for name, figure in label_estimators(four_judged).items()}
    raw, calibrated = raw_scores(four_judged), calibrated_scores(four_judged)
    expected = metrics.label_measures(raw)
    assert found["image_auc"] == pytest.approx(expected[IMAGE_LABEL].auc)
    assert found["image_auc_within_positive"] == pytest.approx(
        expected[IMAGE_LABEL].auc_within_positive
    )
    assert found["image_ece"] == pytest.approx(
        metrics.expected_calibration_error(calibrated.image_truth, calibrated.image_scores)
    )
    for k, label in enumerate(EXAM_LABELS):
        auc = expected[label].auc
        assert found[f"exam.{label}.auc"] == pytest.approx(
            np.nan if auc is None else auc, nan_ok=True
        )
        assert found[f"exam.{label}.ece"] == pytest.approx(
            metrics.expected_calibration_error(
                calibrated.exam_truth[:, k], calibrated.exam_scores[:, k]
            )
        )


def test_the_competitions_metric_is_that_of_metrics(four_judged: tuple[Judged, ...]) -> None:
    figure = competition_estimator(four_judged)["competition_score"]
    expected = metrics.competition_score(consistent_scores(four_judged)).score
    assert figure(EVEN) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("by", MarkBy)
def test_even_weights_give_the_sensitivity_of_froc(
    four_judged: tuple[Judged, ...], by: MarkBy
) -> None:
    marked = marked_studies(four_judged, by)
    assert marked is not None
    found = {name: figure(EVEN) for name, figure in finding_estimators(marked).items()}
    whole = froc(marked)
    assert whole is not None
    assert found["sensitivity_at_1fp"] == whole.sensitivity_at(1.0)
    for level in ("lobar", "segmental"):
        part = froc(marked, level=level)
        assert part is not None
        assert found[f"by_level.{level}"] == part.sensitivity_at(1.0)
    for size in SIZE_RANGES[:3]:
        part = froc(marked, size=size)
        assert part is not None
        assert found[f"by_size.{size.name}"] == part.sensitivity_at(1.0)


@pytest.mark.parametrize("budget", [1, 2, 3])
def test_false_marks_beyond_one_a_study_are_not_paid_for(
    four_judged: tuple[Judged, ...], budget: int
) -> None:
    """The study with the false mark of the highest score, alone or among more."""
    marked = marked_studies(four_judged, MarkBy.SLICE)
    assert marked is not None
    studies = marked[:budget]
    curve = froc(studies)
    assert curve is not None
    figure = finding_estimators(studies)["sensitivity_at_1fp"]
    assert figure(np.ones(budget)) == curve.sensitivity_at(1.0)


def test_a_weight_of_two_is_a_study_that_stands_there_twice(
    four_judged: tuple[Judged, ...],
) -> None:
    weights = np.array([2.0, 1.0, 0.0, 1.0])
    doubled = (four_judged[0], four_judged[0], four_judged[1], four_judged[3])
    weighted, repeated = all_estimators(four_judged), all_estimators(doubled)
    assert weighted.keys() == repeated.keys()
    for name, figure in weighted.items():
        assert figure(weights) == pytest.approx(repeated[name](EVEN), nan_ok=True), name


def test_sides_are_told_apart_among_one_sided_exams_alone(make_judged) -> None:  # type: ignore[no-untyped-def]
    def exam(right: float, left: float, *sides: str) -> Judged:
        return make_judged((1,), (0.9,), sides=sides, exam_scores={RIGHT: right, LEFT: left})

    judged = [
        exam(0.8, 0.4, RIGHT),
        exam(0.6, 0.5, RIGHT),
        exam(0.7, 0.6, LEFT),
        exam(0.2, 0.9, LEFT),
        exam(0.1, 0.9, RIGHT, LEFT),
        make_judged((0,), (0.1,), exam_scores={RIGHT: 0.0, LEFT: 0.9}),
    ]
    figures = {name: figure(np.ones(6)) for name, figure in side_estimators(judged).items()}
    # leads in logits: 1.79 and 0.41 on the right, 0.44 and -3.58 on the left: 3 of 4 pairs
    assert figures["sides.auc"] == pytest.approx(0.75)
    assert figures["sides.share_right"] == pytest.approx(0.75)


def test_a_figure_that_is_not_defined_is_no_number(make_judged) -> None:  # type: ignore[no-untyped-def]
    judged = [make_judged((0, None), (0.1, 0.2), emboli=None)]
    found = all_estimators(judged)
    assert np.isnan(found["image_auc"](np.ones(1)))
    assert np.isnan(found["sides.auc"](np.ones(1)))
    assert "competition_score" not in found
    assert not [name for name in found if name.startswith("froc")]
