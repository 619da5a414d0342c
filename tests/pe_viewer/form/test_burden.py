"""Qanadli's and Mastora's indices, by the rules of their papers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_viewer.form.answers import Level
from pe_viewer.form.burden import MASTORA_MOST, QANADLI_MOST, burden_of
from pe_viewer.form.sites import SEGMENTS, ArterialSite, Occlusion

A = ArterialSite
_GRADED = [Occlusion.BELOW_25, Occlusion.BELOW_50, Occlusion.BELOW_75, Occlusion.BELOW_100]


@pytest.mark.parametrize(
    ("sites", "points"),
    [
        ({}, 0),
        ({A.TRUNK: Occlusion.PARTIAL}, 20),
        ({A.TRUNK: Occlusion.COMPLETE}, 40),
        ({A.RIGHT_MAIN: Occlusion.COMPLETE}, 20),
        ({A.LEFT_LOWER: Occlusion.PARTIAL}, 5),
        ({A.LINGULA: Occlusion.COMPLETE}, 4),
        ({A.RIGHT_A1: Occlusion.COMPLETE}, 2),
        ({A.RIGHT_A1: Occlusion.SUBSEGMENTAL}, 1),
    ],
)
def test_qanadli_weighs_segments_by_degree(
    sites: dict[ArterialSite, Occlusion], points: int
) -> None:
    assert burden_of(sites).qanadli == points


def test_a_segment_below_two_emboli_counts_once_by_the_worse() -> None:
    lobe_in_part = {A.RIGHT_UPPER: Occlusion.PARTIAL}
    assert burden_of(lobe_in_part | {A.RIGHT_A2: Occlusion.PARTIAL}).qanadli == 3
    assert burden_of(lobe_in_part | {A.RIGHT_A2: Occlusion.COMPLETE}).qanadli == 4


def test_qanadli_as_a_percentage_is_of_forty() -> None:
    assert burden_of({A.RIGHT_MAIN: Occlusion.PARTIAL}).qanadli_percent == 25.0


@given(st.dictionaries(st.sampled_from(SEGMENTS), st.sampled_from(Occlusion)))
def test_more_embolus_never_lowers_a_score(sites: dict[ArterialSite, Occlusion]) -> None:
    before, after = burden_of(sites), burden_of(sites | {A.LEFT_MAIN: Occlusion.BELOW_50})
    assert after.qanadli >= before.qanadli
    assert after.mastora_least == before.mastora_least + 2
    assert after.qanadli <= QANADLI_MOST


def test_mastora_sums_five_grades_over_all_arteries() -> None:
    everything = dict.fromkeys(A, Occlusion.COMPLETE)
    assert burden_of(everything).mastora_most == MASTORA_MOST
    central = {site: Occlusion.COMPLETE for site in A if site.level is not Level.SEGMENTAL}
    assert burden_of(central).mastora_most == 11 * 5
    graded = dict(zip((A.RIGHT_UPPER, A.RIGHT_A4, A.LEFT_A8, A.LINGULA), _GRADED, strict=True))
    assert burden_of(graded).mastora_least == 1 + 2 + 3 + 4
    assert burden_of(graded).is_mastora_exact


def test_a_partial_occlusion_without_a_grade_makes_mastora_a_range() -> None:
    burden = burden_of({A.RIGHT_UPPER: Occlusion.PARTIAL, A.LEFT_A1: Occlusion.COMPLETE})
    assert (burden.mastora_least, burden.mastora_most) == (6, 9)
    assert not burden.is_mastora_exact
