"""The protocol's figures on scores whose answers are known."""

import numpy as np
import pytest

from benchmarks.transfer import protocol
from benchmarks.transfer.protocol import Case, Unchanged
from benchmarks.transfer.scorers import Mark, Scores
from pe_models.phantom.spec import Level


def case(site: str, with_clot: list[float], without: list[float], peak: float = 0.0) -> Case:
    return Case("a", site, Level.LOBAR, "central", np.asarray(with_clot), np.asarray(without), peak)


def unchanged(
    scores: list[float], holds: list[list[bool]], marks: tuple[Mark, ...] = ()
) -> Unchanged:
    return Unchanged(
        "a", Scores(tuple(range(len(scores))), np.asarray(scores), marks), np.asarray(holds)
    )


def test_a_pair_counts_by_its_own_slice_alone() -> None:
    low, high = case("low", [0.2, 0.3], [0.1, 0.2]), case("high", [0.9], [0.8])
    assert protocol.paired_auc([low, high]).value == 1.0
    assert protocol.pooled_auc([low, high]).value == pytest.approx((1.5 + 2 + 3) / 9)


def test_equal_scores_count_half() -> None:
    assert case("s", [0.4, 0.4], [0.4, 0.1]).paired == 0.75


def test_every_site_weighs_the_same_however_many_slices_it_has() -> None:
    long = [case("long", [1.0] * 50, [0.0] * 50), case("long", [1.0] * 9, [0.0] * 9)]
    short = [case("short", [0.0], [1.0])]
    found = protocol.paired_auc(long + short)
    assert (found.value, found.n_sites) == (0.5, 2)
    assert found.low == 0.0
    assert found.high == 1.0


def test_no_case_gives_no_figure() -> None:
    found = protocol.paired_auc([])
    assert np.isnan(found.value)
    assert found.n_sites == 0


def test_the_prior_is_what_the_empty_ct_says_of_the_clots_slices() -> None:
    series = unchanged(
        [0.1, 0.9, 0.8, 0.2], [[False, True, True, False], [True, False, False, False]]
    )
    assert protocol.prior_auc([series]) == pytest.approx((1.0 + 0.0) / 2)


def test_the_threshold_finds_nine_tenths() -> None:
    positive = np.arange(1, 11) / 10
    threshold = protocol.threshold_at_sensitivity(positive)
    assert np.mean(positive >= threshold) == 0.9
    series = unchanged([0.1, 0.2, 0.3, 0.9], [[False] * 4])
    assert protocol.share_above([series], threshold) == {"a": 0.75, "all": 0.75}


def test_false_marks_are_counted_a_slice() -> None:
    marks = tuple(Mark(k, 0.0, 0.0, score) for k, score in enumerate((0.9, 0.8, 0.7, 0.6)))
    series = unchanged([0.0] * 8, [[False] * 8], marks)
    threshold = protocol.threshold_at_false_marks([series], 0.25)
    assert sum(mark.score >= threshold for mark in marks) == 2
    assert protocol.threshold_at_false_marks([series], 5.0) == 0.0


def test_a_clot_is_found_by_a_mark_on_it() -> None:
    mask = np.zeros((3, 40, 40), dtype=np.bool_)
    mask[1, 10:13, 20:23] = True
    spacing_mm = (2.5, 0.5, 1.0)
    on = Mark(1, 14.0, 21.0, 0.6)  # one mm below
    far, other_slice = Mark(1, 10.0, 26.5, 0.9), Mark(0, 11.0, 21.0, 0.8)
    assert protocol.peak_in(mask, (on, far, other_slice), spacing_mm) == 0.6
    assert protocol.peak_in(mask, (far, other_slice), spacing_mm) == 0.0
    cases = [case("s", [1.0], [0.0], 0.6), case("t", [1.0], [0.0], 0.2)]
    assert protocol.found_share(cases, 0.5).value == 0.5


def test_false_peaks_are_named_highest_first_one_a_slice() -> None:
    marks = (Mark(0, 1.0, 1.0, 0.3), Mark(0, 2.0, 2.0, 0.5), Mark(1, 3.0, 3.0, 0.4))
    found = protocol.highest_false_peaks([unchanged([0.0, 0.0], [[False, True]], marks)], 5)
    assert [(name, mark.score) for name, mark in found] == [("a", 0.5), ("a", 0.4)]
