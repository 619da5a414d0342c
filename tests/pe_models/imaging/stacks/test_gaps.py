"""Gaps: which steps between slices count as one."""

import pytest

from pe_models.imaging.stacks.gaps import Gap, gaps_between, is_even


@pytest.mark.parametrize(
    ("positions_mm", "gaps"),
    [
        ([0.0, 2.5, 5.0, 7.5], ()),
        ([0.0, 2.5, 7.5, 10.0], (Gap(1, 5.0),)),  # one slice is missing
        ([0.0, 1.0, 5.0, 6.0, 7.0, 12.0], (Gap(1, 4.0), Gap(4, 5.0))),
        ([0.0, 1.0, 2.4, 3.4], ()),  # uneven, but nothing is missing
        ([-10.0, -5.0, 5.0], (Gap(1, 10.0),)),  # of two steps the smaller is the usual one
        ([0.0, 40.0], ()),
        ([3.0], ()),
    ],
)
def test_a_step_much_wider_than_the_usual_one_is_a_gap(
    positions_mm: list[float], gaps: tuple[Gap, ...]
) -> None:
    assert gaps_between(positions_mm) == gaps


@pytest.mark.parametrize(
    ("positions_mm", "wanted"),
    [
        ([5.0, 0.0, 2.5], True),
        ([0.0, 2.5, 5.0, 10.0, 12.5], True),  # one slice is missing
        ([0.0, 0.4, 1.25, 1.65, 2.5, 2.9], False),  # two passes
        ([0.0, 0.4, 1.2, 1.6, 2.4, 2.8], False),  # the one a third of a step above the other
        ([0.0, 1.0, 1.0, 2.0], False),
        ([0.0, 2.5], False),
    ],
)
def test_slices_are_even_where_only_a_few_are_missing(
    positions_mm: list[float], wanted: bool
) -> None:
    assert is_even(positions_mm) is wanted
