"""FROC on studies small enough to count by hand."""

import pytest

from pe_models.froc import EmbolusSlices, Mark, MarkedStudy, froc

STUDIES = (
    MarkedStudy(
        (Mark(5, 0.9), Mark(30, 0.6), Mark(50, 0.4)),
        (EmbolusSlices(4, 8, "lobar"), EmbolusSlices(50, 50, "segmental")),
    ),
    MarkedStudy((Mark(12, 0.7),), ()),
)


def test_each_threshold_counts_emboli_found_and_marks_elsewhere() -> None:
    curve = froc(STUDIES)
    assert curve is not None
    assert curve.thresholds.tolist() == [0.9, 0.7, 0.6, 0.4]
    assert curve.sensitivity.tolist() == [0.5, 0.5, 0.5, 1.0]
    assert curve.false_positives.tolist() == [0.0, 0.5, 1.0, 1.0]
    assert curve.sensitivity_at(0.0) == 0.5
    assert curve.sensitivity_at(1.0) == 1.0


def test_a_level_counts_its_emboli_alone_and_no_mark_in_another_as_false() -> None:
    curve = froc(STUDIES, level="segmental")
    assert curve is not None
    assert curve.sensitivity.tolist() == [0.0, 0.0, 0.0, 1.0]
    assert curve.false_positives.tolist() == [0.0, 0.5, 1.0, 1.0]


def test_one_mark_finds_every_embolus_of_its_slice() -> None:
    two = (EmbolusSlices(1, 5), EmbolusSlices(3, 9))
    curve = froc([MarkedStudy((Mark(4, 0.5),), two)])
    assert curve is not None
    assert curve.sensitivity.tolist() == [1.0]
    assert curve.false_positives.tolist() == [0.0]


def test_a_model_that_marks_nothing_finds_nothing() -> None:
    curve = froc([MarkedStudy((), (EmbolusSlices(1, 2),))])
    assert curve is not None
    assert curve.sensitivity_at(1.0) == pytest.approx(0.0)


def test_without_emboli_there_is_no_curve() -> None:
    assert froc([MarkedStudy((Mark(1, 0.5),), ())]) is None
    assert froc(STUDIES, level="central") is None
    assert froc([]) is None
