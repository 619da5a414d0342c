"""Runs cut anew keep the places that the model marked on their slices."""

from dataclasses import replace

import pytest

from pe_models.findings import (
    ArteryLevel,
    BundleStamp,
    Crop,
    Findings,
    Flag,
    MarkedPlace,
    Quality,
    Side,
    SliceScore,
)
from pe_viewer.display.recut import Recut

SCORES = (0.1, 0.9, 0.6, 0.6, 0.8, 0.1)
LOW = MarkedPlace(1, 3.0, 4.0, 0.9, Side.LEFT, ArteryLevel.LOBAR)
HIGH = MarkedPlace(4, 5.0, 6.0, 0.99, Side.RIGHT, ArteryLevel.SEGMENTAL)


@pytest.fixture
def findings() -> Findings:
    """Two flags, cut where the score falls to .6, each with a place."""
    return Findings(
        task="pe",
        bundle=BundleStamp("b", "1", "0" * 64, "phantoms", "phantoms"),
        study_uid="1",
        series_uid="1.1",
        spacing_mm=(2.5, 0.7, 0.7),
        crop=Crop(0, 20, 0, 20),
        slices=tuple(
            SliceScore(k, k, None, f"1.1.{k}", 2.5 * k, score, score, {})
            for k, score in enumerate(SCORES)
        ),
        exam={},
        verdict=None,
        zone=None,
        flags=(
            Flag(1, 1, 2, 0.9, ("left",), ArteryLevel.LOBAR, (LOW,)),
            Flag(3, 4, 4, 0.8, ("right",), ArteryLevel.SEGMENTAL, (HIGH,)),
        ),
        flag_threshold=0.5,
        quality=Quality(),
    )


def test_a_higher_threshold_leaves_each_run_the_places_on_its_slices(findings: Findings) -> None:
    low, high = Recut.at(findings, 0.7).flags
    assert (low.first, low.last, low.sides, low.places) == (1, 1, ("left",), (LOW,))
    assert (high.first, high.last, high.level) == (4, 4, ArteryLevel.SEGMENTAL)


def test_a_run_over_both_names_the_surest_place_first(findings: Findings) -> None:
    slices = tuple(replace(s, pe_score=max(s.pe_score or 0, 0.75)) for s in findings.slices)
    level = replace(findings, slices=slices)
    runs = Recut.at(level, 0.74).flags
    (joined,) = [run for run in runs if run.first <= 1 and run.last >= 4]
    assert joined.places == (HIGH, LOW)
    assert joined.sides == ("right", "left")
    assert joined.level is ArteryLevel.LOBAR  # the more proximal one


def test_sides_of_flags_without_places_are_those_of_the_runs_with_their_peaks(
    findings: Findings,
) -> None:
    bare = tuple(replace(flag, level=None, places=()) for flag in findings.flags)
    low, high = Recut.at(replace(findings, flags=bare), 0.7).flags
    assert (low.sides, high.sides) == (("left",), ("right",))
    assert high.level is None
