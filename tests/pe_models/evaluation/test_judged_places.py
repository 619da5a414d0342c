"""Sides and levels of flags, counted by hand on studies whose emboli are known."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.evaluation.kept import Judged
from pe_models.evaluation.measures import measure
from pe_models.evaluation.places import judged_flags, place_estimators
from pe_models.evaluation.scores import StudyScores
from pe_models.evaluation.truth import EmbolusTruth
from pe_models.findings import ArteryLevel, Flag, MarkedPlace, Side

LOBAR_RIGHT = EmbolusTruth("lobar", "right", 1, 2, 300.0)
SEGMENTAL_LEFT = EmbolusTruth("segmental", "left", 2, 2, 50.0)


def flag(first: int, last: int, *places: tuple[Side, ArteryLevel | None]) -> Flag:
    marked = tuple(MarkedPlace(first, 1.0, 2.0, 0.9, side, level) for side, level in places)
    sides = tuple(dict.fromkeys(place.side.value for place in marked))
    return Flag(first, first, last, 0.8, sides, marked[0].level if marked else None, marked)


@pytest.fixture
def judged(make_judged) -> Judged:  # type: ignore[no-untyped-def]
    """Emboli on slices 1 and 2; the flag on slices 4 and 5 holds none."""
    study = make_judged((0, 1, 1, 0, 0, 0), (0.1, 0.7, 0.9, 0.2, 0.4, 0.3))
    flags = (
        flag(1, 1, (Side.RIGHT, ArteryLevel.LOBAR)),
        flag(2, 3, (Side.LEFT, ArteryLevel.LOBAR), (Side.CENTRAL, ArteryLevel.CENTRAL)),
        flag(4, 5, (Side.LEFT, ArteryLevel.LOBAR)),
    )
    pointed = (((0,),), ((1,), ()), ((),))
    return replace(
        study,
        truth=replace(study.truth, emboli=(LOBAR_RIGHT, SEGMENTAL_LEFT)),
        scores=replace(study.scores, flags=flags, pointed=pointed),
    )


def figures_of(*judged: Judged) -> dict[str, float]:
    flags = judged_flags(judged)
    assert flags is not None
    found = place_estimators(flags)
    return {name: figure(np.ones(len(judged))) for name, figure in found.items()}


def test_only_flags_that_hold_an_embolus_are_judged(judged: Judged) -> None:
    found = judged_flags([judged])
    assert found is not None
    assert [f.flag.first for f in found] == [1, 2]


def test_sides_and_levels_are_counted(judged: Judged) -> None:
    """The second flag: left is right, central is no embolus' side, lobar is not segmental."""
    assert figures_of(judged) == {
        "places.marked": 1.0,
        "places.pointing": 1.0,
        "places.side_right": 1.0,
        "places.all_sides_right": 0.5,
        "places.level_right": 0.5,
    }


def test_a_place_beside_every_embolus_has_no_level_right(judged: Judged) -> None:
    missed = replace(judged, scores=replace(judged.scores, pointed=(((),), ((1,), ()), ((),))))
    figures = figures_of(missed)
    assert figures["places.pointing"] == 0.5
    assert figures["places.level_right"] == 0.0


def test_a_flag_without_a_place_counts_against_the_share_that_is_marked(judged: Judged) -> None:
    bare = replace(
        judged, scores=replace(judged.scores, flags=(flag(1, 2), flag(4, 5)), pointed=((), ()))
    )
    figures = figures_of(bare)
    assert figures["places.marked"] == 0.0
    assert np.isnan(figures["places.side_right"])


def test_without_places_of_emboli_nothing_is_said(judged: Judged) -> None:
    unknown = replace(judged, scores=replace(judged.scores, pointed=None))
    assert judged_flags([judged, unknown]) is None
    assert measure([unknown])["places"] is None


def test_the_figures_stand_in_the_metrics(judged: Judged) -> None:
    places = measure([judged])["places"]
    assert (places["n_flags"], places["side_right"], places["level_right"]) == (2, 1.0, 0.5)


def test_scores_with_places_come_back_from_their_record(judged: Judged) -> None:
    assert StudyScores.from_dict(judged.scores.to_dict()) == judged.scores


def test_scores_kept_before_there_were_places_are_read_without(judged: Judged) -> None:
    record = judged.scores.to_dict()
    del record["pointed"]
    assert StudyScores.from_dict(record) == replace(judged.scores, pointed=None)
