"""Maps on request: for the slice in view, once, and only where they are to be drawn."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pe_viewer.state import Phase

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt

PEAK = 8


@pytest.fixture
def analysed(bench: "Bench", write_ct: "WriteCt", tmp_path: Path) -> "Bench":
    """At a flagged slice, with Findings, before any overlay."""
    write_ct(tmp_path / "ct")
    bench.controller.analysing.warm_up()
    bench.wait(lambda s: s.model.is_ready)
    bench.open(tmp_path / "ct")
    bench.analyze()
    bench.controller.navigation.go_to(PEAK)
    return bench


@pytest.fixture
def choose(analysed: "Bench") -> Callable[[str], None]:
    """Shows the overlay by a method."""

    def choose(method: str) -> None:
        overlay = replace(analysed.state.snapshot.overlay, method=method, is_visible=True)
        analysed.controller.appearance.set_overlay(overlay)

    return choose


def test_the_methods_of_the_bundle_are_offered_its_own_first(analysed: "Bench") -> None:
    assert analysed.state.snapshot.methods == ("class activation", "grad-cam", "grad-cam++")
    assert analysed.state.snapshot.method == "class activation"


def test_the_own_map_is_there_without_asking(
    analysed: "Bench", choose: Callable[[str], None]
) -> None:
    choose("")
    assert analysed.state.snapshot.shown_heatmap is not None
    assert analysed.worker.explained == []


def test_a_chosen_method_is_made_for_the_slice_in_view_once(
    analysed: "Bench", choose: Callable[[str], None]
) -> None:
    choose("grad-cam")
    assert analysed.state.snapshot.shown_heatmap is None
    assert analysed.state.snapshot.explaining.is_running
    analysed.wait(lambda s: s.shown_heatmap is not None)
    shown = analysed.state.snapshot.shown_heatmap
    assert shown is not None
    assert (shown.slice_index, shown.method) == (PEAK, "grad-cam")
    choose("")
    choose("grad-cam")
    analysed.controller.navigation.go_to(PEAK - 1)
    analysed.wait(lambda s: s.shown_heatmap is not None)
    analysed.controller.navigation.go_to(PEAK)
    assert analysed.state.snapshot.shown_heatmap is shown
    assert analysed.worker.explained == [(PEAK, "grad-cam"), (PEAK - 1, "grad-cam")]


def test_slices_that_were_passed_are_not_made_up_for(
    analysed: "Bench", choose: Callable[[str], None]
) -> None:
    analysed.worker.gate.clear()
    choose("grad-cam")
    for index in (7, 9, 3):
        analysed.controller.navigation.go_to(index)
    analysed.worker.gate.set()
    analysed.wait(lambda s: s.shown_heatmap is not None)
    assert analysed.worker.explained == [(PEAK, "grad-cam"), (3, "grad-cam")]


@pytest.mark.parametrize("slice_index", [0, 5])
def test_nothing_is_made_where_the_score_is_low(
    analysed: "Bench", choose: Callable[[str], None], slice_index: int
) -> None:
    analysed.controller.navigation.go_to(slice_index)
    choose("grad-cam")
    assert not analysed.state.snapshot.explaining.is_running
    assert analysed.worker.explained == []


def test_a_map_that_failed_is_told_and_not_asked_again(
    analysed: "Bench", choose: Callable[[str], None]
) -> None:
    analysed.worker.failure = "There is not enough memory."
    choose("grad-cam")
    analysed.wait(lambda s: s.explaining.phase is Phase.FAILED)
    assert analysed.state.snapshot.explaining.message == "There is not enough memory."
    analysed.controller.navigation.go_to(0)
    analysed.controller.navigation.go_to(PEAK)
    assert analysed.state.snapshot.explaining.phase is Phase.FAILED
    assert analysed.worker.explained == [(PEAK, "grad-cam")]


def test_findings_of_another_bundle_offer_no_more_maps(analysed: "Bench") -> None:
    model = replace(analysed.state.snapshot.model, sha256="f" * 64)
    analysed.state.update(model=model)
    assert analysed.state.snapshot.methods == ("class activation",)


def test_maps_go_with_their_findings(analysed: "Bench", choose: Callable[[str], None]) -> None:
    choose("grad-cam")
    analysed.wait(lambda s: s.shown_heatmap is not None)
    analysed.controller.opening.close_study()
    assert analysed.state.snapshot.asked_maps == {}
    assert not analysed.state.snapshot.explaining.is_running


def test_an_answer_for_a_study_that_was_closed_is_not_kept(
    analysed: "Bench", choose: Callable[[str], None]
) -> None:
    analysed.worker.gate.clear()
    choose("grad-cam")
    analysed.wait(lambda s: bool(analysed.worker.explained))
    analysed.controller.opening.close_study()
    analysed.worker.gate.set()
    analysed.wait(lambda s: not s.explaining.is_running)
    assert analysed.state.snapshot.asked_maps == {}
