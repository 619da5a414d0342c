"""The arterial tree: what arises from what, sides, levels, codes."""

import pytest

from pe_viewer.form.answers import Level
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.form.sites import (
    LOBAR,
    LOCAL_SCHEME,
    SEGMENTS,
    SITE_NAMES,
    ArterialSite,
    Occlusion,
    Side,
)

A = ArterialSite


def test_each_lung_has_ten_segments_in_three_two_and_five() -> None:
    for side in (Side.RIGHT, Side.LEFT):
        lobes = [lobe for lobe in LOBAR if lobe.side is side]
        assert [len(lobe.segments) for lobe in lobes] == [3, 2, 5]
    assert len(SEGMENTS) == 20
    assert len(A.TRUNK.segments) == 20


def test_interlobar_arteries_supply_what_lies_below_the_upper_lobe() -> None:
    assert len(A.RIGHT_INTERLOBAR.segments) == 7
    assert len(A.LEFT_INTERLOBAR.segments) == 7
    assert A.LEFT_A4 in A.LEFT_INTERLOBAR.segments
    assert A.LEFT_A1 not in A.LEFT_INTERLOBAR.segments


def test_every_artery_but_the_trunk_arises_from_another_of_its_own_side() -> None:
    assert A.TRUNK.parent is None
    assert A.TRUNK.side is None
    for site in set(A) - {A.TRUNK}:
        assert site.path[-1] is A.TRUNK
        assert site.parent is not None
        assert site.parent.side in (site.side, None)


def test_five_arteries_are_central_six_lobar_twenty_segmental() -> None:
    levels = [site.level for site in A]
    assert [levels.count(level) for level in Level] == [5, 6, 20, 0]


def test_every_artery_has_a_name_and_a_code_of_its_own_that_dicom_can_hold() -> None:
    assert set(SITE_NAMES) == set(A)
    assert len({(site.code.scheme, site.code.value) for site in A}) == 31
    assert all(len(site.code.value) <= 16 for site in A)  # VR SH, PS3.5 6.2
    assert {site.code.scheme for site in A} == {"SCT", LOCAL_SCHEME}


def test_a_segment_is_placed_by_its_side_and_lobe() -> None:
    meanings = [code.meaning for code in A.LEFT_A5.laterality_and_lobe]
    assert meanings == ["Left", "Upper lobe of left lung"]
    assert A.TRUNK.laterality_and_lobe == ()


def test_the_tree_of_a_form_gives_sides_and_level() -> None:
    form = CtpaForm().with_site(A.LEFT_A9, Occlusion.SUBSEGMENTAL)
    assert (form.sides, form.most_proximal_level) == (Side.LEFT, Level.SUBSEGMENTAL)
    form = form.with_site(A.RIGHT_A2, Occlusion.PARTIAL)
    assert (form.sides, form.most_proximal_level) == (Side.BOTH, Level.SEGMENTAL)
    form = form.with_site(A.RIGHT_A2, None).with_site(A.LEFT_A9, None)
    assert (form.sides, form.most_proximal_level, form.is_empty) == (None, None, True)
    assert CtpaForm().with_site(A.TRUNK, Occlusion.PARTIAL).sides is Side.BOTH


def test_only_a_segment_can_have_subsegmental_branches() -> None:
    with pytest.raises(ValueError, match="belong to a segment"):
        CtpaForm(sites={A.LINGULA: Occlusion.SUBSEGMENTAL})
