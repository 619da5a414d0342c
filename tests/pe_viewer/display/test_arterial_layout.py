"""The drawn tree: every artery has its place, none hides another, and all can be reached."""

import itertools
import math

from pe_viewer.display.arterial_layout import BRANCHES, MARKS, nearest_site, neighbour
from pe_viewer.form.sites import SEGMENTS, ArterialSite, Side

ASPECT = 392 / 276
_STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))


def test_every_artery_is_drawn_within_the_picture_from_its_parents_end() -> None:
    assert set(BRANCHES) == set(MARKS) == set(ArterialSite)
    for site, branch in BRANCHES.items():
        assert all(0.0 < value < 1.0 for value in (*branch.start, *branch.end))
        if site.parent is not None:
            assert branch.start == BRANCHES[site.parent].end


def test_the_right_lung_lies_on_the_left_as_on_the_slices() -> None:
    for site, (x, _) in MARKS.items():
        if site.side is not None:
            assert (x < 0.5) is (site.side is Side.RIGHT)


def test_no_mark_covers_another() -> None:
    for a, b in itertools.combinations(ArterialSite, 2):
        (ax, ay), (bx, by) = MARKS[a], MARKS[b]
        assert math.hypot((ax - bx) * ASPECT, ay - by) > 0.07, (a, b)


def test_a_click_on_a_mark_finds_its_artery_and_one_beside_the_tree_none() -> None:
    for site, place in MARKS.items():
        assert nearest_site(place, within=0.06, aspect=ASPECT) is site
    assert nearest_site((0.5, 0.95), within=0.06, aspect=ASPECT) is None


def test_a_segment_is_marked_at_its_end_and_a_larger_artery_midway() -> None:
    for site, branch in BRANCHES.items():
        is_at_end = MARKS[site] == branch.end
        assert is_at_end is (site in SEGMENTS)


def test_arrow_keys_reach_every_artery_from_the_trunk() -> None:
    reached, frontier = set(), [ArterialSite.TRUNK]
    while frontier:
        site = frontier.pop()
        if site not in reached:
            reached.add(site)
            frontier += [neighbour(site, *step) for step in _STEPS]
    assert reached == set(ArterialSite)
