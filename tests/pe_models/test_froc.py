"""FROC on studies small enough to count by hand."""

import pytest

from pe_models.froc import SIZE_RANGES, EmbolusSlices, Mark, MarkedStudy, SizeRange, froc

STUDIES = (
    MarkedStudy(
        (Mark(5, 0.9), Mark(30, 0.6), Mark(50, 0.4)),
        (EmbolusSlices(4, 8, "lobar", 1400.0), EmbolusSlices(50, 50, "segmental", 120.0)),
    ),
    MarkedStudy((Mark(12, 0.7),), ()),
)


def test_each_threshold_counts_emboli_found_and_marks_elsewhere() -> None:
    curve = froc(STUDIES)
    assert curve is not None
    assert curve.thresholds.tolist() == [0.9, 0.7, 0.6, 0.4]
    assert curve.sensitivity.tolist() == [0.5, 0.5, 0.5, 1.0]
    assert curve.false_positives.tolist() == [0.0, 0.5, 1.0, 1.0]
    assert (curve.n_emboli, curve.n_studies) == (2, 2)
    assert curve.sensitivity_at(0.0) == 0.5
    assert curve.sensitivity_at(1.0) == 1.0


def test_a_level_counts_its_emboli_alone_and_no_mark_in_another_as_false() -> None:
    curve = froc(STUDIES, level="segmental")
    assert curve is not None
    assert curve.sensitivity.tolist() == [0.0, 0.0, 0.0, 1.0]
    assert curve.false_positives.tolist() == [0.0, 0.5, 1.0, 1.0]


def test_a_size_counts_its_emboli_alone() -> None:
    curve = froc(STUDIES, size=SizeRange("large", 1000.0, 2000.0))
    assert curve is not None
    assert curve.n_emboli == 1
    assert curve.sensitivity.tolist() == [1.0, 1.0, 1.0, 1.0]
    assert curve.false_positives.tolist() == [0.0, 0.5, 1.0, 1.0]


def test_an_embolus_of_unknown_volume_is_of_no_size() -> None:
    unknown = MarkedStudy((Mark(1, 0.5),), (EmbolusSlices(1, 2),))
    assert all(froc([unknown], size=size) is None for size in SIZE_RANGES)


def test_the_size_ranges_hold_every_volume_once() -> None:
    for volume_mm3 in (0.0, 49.9, 50.0, 200.0, 999.0, 1000.0, 1e6):
        embolus = EmbolusSlices(0, 0, volume_mm3=volume_mm3)
        assert sum(size.holds(embolus) for size in SIZE_RANGES) == 1


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


def test_a_mark_with_a_place_finds_what_it_lies_in_not_what_shares_its_slice() -> None:
    two = (EmbolusSlices(1, 5), EmbolusSlices(3, 9))
    beside = Mark(4, 0.7, frozenset())
    study = MarkedStudy((Mark(4, 0.5, frozenset({1})), beside), two)
    curve = froc([study])
    assert curve is not None
    assert curve.thresholds.tolist() == [0.7, 0.5]
    assert curve.sensitivity.tolist() == [0.0, 0.5]
    assert curve.false_positives.tolist() == [1.0, 1.0]
