"""Flags get the places on their own slices, surest first, with sides and levels."""

from dataclasses import replace

import pytest

from pe_models.calibration import sigmoid
from pe_models.findings import ArteryLevel, Flag, Side
from pe_models.placing.frame import ChestFrame
from pe_models.placing.levels import LevelRule
from pe_models.placing.marking import with_places
from pe_models.placing.rules import GEOMETRY_ALONE, PlaceRules

RIGHT_CELL, LEFT_CELL = (2, 30, 5), (3, 25, 50)
FLAG = Flag(2, 2, 4, 0.8)


def test_a_flag_names_its_places_surest_first(make_maps) -> None:  # type: ignore[no-untyped-def]
    maps = make_maps({RIGHT_CELL: 3.0, LEFT_CELL: 5.0})
    (flag,) = with_places([FLAG], maps, GEOMETRY_ALONE)
    assert flag.sides == ("left", "right")
    assert [p.side for p in flag.places] == [Side.LEFT, Side.RIGHT]
    assert [p.slice_index for p in flag.places] == [3, 2]
    assert flag.places[0].score == pytest.approx(float(sigmoid(5.0)))
    assert (flag.places[0].row, flag.places[0].col) == (50.5, 100.5)  # two pixels a cell
    assert replace(flag, sides=(), places=()) == FLAG


def test_places_on_other_slices_are_none_of_a_flags(make_maps) -> None:  # type: ignore[no-untyped-def]
    maps = make_maps({(1, 30, 5): 5.0, (5, 30, 5): 5.0})
    assert with_places([FLAG], maps, GEOMETRY_ALONE) == (FLAG,)


def test_what_is_not_sure_enough_is_not_marked(make_maps) -> None:  # type: ignore[no-untyped-def]
    """Scores of .62 and .73 beside rules that want .7, and .9 of further places."""
    maps = make_maps({RIGHT_CELL: 0.5, LEFT_CELL: 1.0})
    (flag,) = with_places([FLAG], maps, PlaceRules(least_score=0.7, least_beside=0.9))
    assert flag.sides == ("left",)
    (flag,) = with_places([FLAG], maps, PlaceRules(least_score=0.75, least_beside=0.9))
    assert flag == FLAG


def test_a_place_beside_a_surer_one_needs_more(make_maps) -> None:  # type: ignore[no-untyped-def]
    maps = make_maps({RIGHT_CELL: 2.0, LEFT_CELL: 5.0})
    (flag,) = with_places([FLAG], maps, PlaceRules(least_score=0.5, least_beside=0.9))
    assert flag.sides == ("left",)


def test_levels_are_told_where_the_bundle_has_a_rule(
    make_maps,  # type: ignore[no-untyped-def]
    wide_is_central: LevelRule,
) -> None:
    maps = make_maps({RIGHT_CELL: 5.0})
    (flag,) = with_places([FLAG], maps, PlaceRules(levels=wide_is_central))
    assert flag.level is ArteryLevel.SEGMENTAL
    assert flag.places[0].level is ArteryLevel.SEGMENTAL


def test_without_a_carina_sides_are_told_and_levels_are_not(
    make_maps,  # type: ignore[no-untyped-def]
    wide_is_central: LevelRule,
) -> None:
    guessed = ChestFrame((3.0, 39.5, 59.5), (2.5, 0.75, 0.75), is_seen=False)
    about_trunk = {(2, 0, col): 3.0 for col in range(30, 46)}
    maps = make_maps({RIGHT_CELL: 5.0, **about_trunk}, guessed)
    (flag,) = with_places([FLAG], maps, PlaceRules(levels=wide_is_central))
    assert set(flag.sides) <= {"right", "left"}
    assert (flag.sides[0], flag.level) == ("right", None)


@pytest.mark.parametrize(
    ("cols", "side"),
    [(range(30, 46), Side.CENTRAL), (range(20, 42), Side.RIGHT), (range(34, 50), Side.LEFT)],
)
def test_a_clot_that_lies_across_the_fork_is_central(
    cols: range,
    side: Side,
    make_maps,  # type: ignore[no-untyped-def]
) -> None:
    """The fork lies at col 37.5; a clot across it reaches 8 mm, 5.3 cells, to both sides."""
    clots = {(2, 10, col): 3.0 for col in cols} | {(2, 10, cols[len(cols) // 2]): 5.0}
    (flag,) = with_places([FLAG], make_maps(clots), GEOMETRY_ALONE)
    assert flag.places[0].side is side


def test_two_clots_on_either_side_of_the_fork_are_no_saddle(make_maps) -> None:  # type: ignore[no-untyped-def]
    apart = {(2, 10, col): 5.0 for col in (*range(28, 33), *range(43, 48))}
    (flag,) = with_places([FLAG], make_maps(apart), GEOMETRY_ALONE)
    assert set(flag.sides) == {"right", "left"}


def test_a_side_is_named_though_three_surer_places_lie_on_the_other(make_maps) -> None:  # type: ignore[no-untyped-def]
    right = {(2, row, 2): 6.0 + row / 100 for row in (1, 13, 25, 37)}
    (flag,) = with_places([FLAG], make_maps({**right, LEFT_CELL: 4.0}), GEOMETRY_ALONE)
    assert flag.sides == ("right", "left")
    assert [place.score > 0.99 for place in flag.places] == [True, True, False]


def test_the_level_of_a_flag_is_the_most_proximal_of_its_places(
    make_maps,  # type: ignore[no-untyped-def]
    wide_is_central: LevelRule,
) -> None:
    reach = range(-5, 6)
    wide = {(3, 25 + row, 50 + col): 3.0 for row in reach for col in reach}
    maps = make_maps({**wide, (3, 25, 50): 4.0, RIGHT_CELL: 6.0})
    (flag,) = with_places([FLAG], maps, PlaceRules(levels=wide_is_central))
    assert [place.level for place in flag.places] == [ArteryLevel.SEGMENTAL, ArteryLevel.CENTRAL]
    assert flag.level is ArteryLevel.CENTRAL
