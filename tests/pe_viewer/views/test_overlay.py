"""The overlay: over its pixels however the slice lies, and only where it may be drawn."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from pe_models.findings import CLASS_ACTIVATION, CLOT_MAP, Heatmap
from pe_viewer.display.heat import scale_of
from pe_viewer.display.looks import OverlaySettings, ViewTransform
from pe_viewer.display.texts import CLOT_MAP_CAUTION, LOW_SCORE, OVERLAY_CAUTION
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.bars.overlay_button import OverlayButton
from pe_viewer.views.picture.corner_text import overlay_note
from pe_viewer.views.picture.slice_view import SliceView

Shown = Callable[..., Any]
PEAK = 9
VIEWS = [
    ViewTransform(zoom, centre, turns, mirrored)
    for zoom, centre in ((1.0, None), (1.7, (12.0, 20.0)))
    for turns in range(4)
    for mirrored in (False, True)
]


def with_overlay(analysed: ReviewSnapshot, **overlay: Any) -> ReviewSnapshot:
    settings = OverlaySettings(is_visible=True, **overlay)
    return replace(analysed, slice_index=PEAK, shows_corner_text=False, overlay=settings)


@pytest.mark.parametrize("view", VIEWS)
def test_the_map_lies_over_its_pixels_in_all_eight_orientations_and_under_zoom(
    analysed: ReviewSnapshot, shown: Shown, view: ViewTransform
) -> None:
    """Hot over rows 4..11, cols 10..17 of the crop's first cell; one white block lies there."""
    assert analysed.pixels is not None
    pixels = np.full_like(analysed.pixels, -1000)
    pixels[:, 4:12, 10:18] = 1000
    snapshot = replace(with_overlay(analysed), pixels=pixels, view=view)
    widget = shown(SliceView(ReviewState(snapshot)), 420, 420)
    image = widget.grab().toImage()

    def colour_at(row: float, col: float) -> Any:
        x, y = widget.placement.to_view(row, col)
        return image.pixelColor(round(x), round(y))

    inside = colour_at(6.0, 12.0)
    assert inside.red() > 150, "the white block is drawn there"
    assert inside.red() - inside.blue() > 30, "and the map over it"
    for row, col in ((19.0, 12.0), (9.0, 30.0), (19.0, 30.0)):
        outside = colour_at(row, col)
        assert (outside.red(), outside.green(), outside.blue()) == (0, 0, 0)


@pytest.mark.parametrize("view", VIEWS)
def test_a_clot_map_marks_its_own_few_pixels_in_all_eight_orientations(
    analysed: ReviewSnapshot, shown: Shown, view: ViewTransform
) -> None:
    """Cells of 2 x 2 pixels, as fine as a clot map's; four are hot: rows 8..11, cols 20..23."""
    crop = analysed.heatmaps[0].crop
    cells = (crop.row_max - crop.row_min) // 2, (crop.col_max - crop.col_min) // 2
    logits = np.full(cells, -8.0, dtype=np.float32)
    logits[2:4, 5:7] = scale_of(CLOT_MAP).at(0.5)
    assert analysed.pixels is not None
    snapshot = replace(
        with_overlay(analysed),
        pixels=np.full_like(analysed.pixels, -1000),
        heatmaps=(Heatmap(PEAK, logits, crop, CLOT_MAP),),
        view=view,
    )
    widget = shown(SliceView(ReviewState(snapshot)), 420, 420)
    image = widget.grab().toImage()

    def redness(row: float, col: float) -> int:
        x, y = (round(each) for each in widget.placement.to_view(row, col))
        colour = image.pixelColor(x, y)
        return int(colour.red() - colour.blue())

    for row, col in ((9.0, 21.0), (10.0, 22.0)):
        assert redness(row, col) > 60
    for row, col in ((9.0, 26.0), (14.0, 21.5), (5.0, 21.5), (9.5, 17.0), (20.0, 9.0)):
        assert redness(row, col) == 0


def test_no_map_is_drawn_where_the_score_is_low(analysed: ReviewSnapshot, shown: Shown) -> None:
    """The same map on a slice below the threshold: nothing, and the reason in its place."""
    (hot,) = analysed.heatmaps
    low = replace(with_overlay(analysed), heatmaps=(replace(hot, slice_index=6),), slice_index=6)
    assert low.shown_heatmap is None
    assert overlay_note(low) == LOW_SCORE
    off = replace(low, overlay=OverlaySettings())
    pictures = [
        shown(SliceView(ReviewState(replace(s, findings=None))), 200, 200).grab().toImage()
        for s in (low, off)
    ]
    assert pictures[0] == pictures[1]


def test_the_caution_is_that_of_the_method(analysed: ReviewSnapshot) -> None:
    snapshot = with_overlay(analysed)
    assert overlay_note(snapshot) == OVERLAY_CAUTION
    clot_map = replace(snapshot.heatmaps[0], method=CLOT_MAP)
    assert overlay_note(replace(snapshot, heatmaps=(clot_map,))) == CLOT_MAP_CAUTION


def test_of_several_methods_the_chosen_one_is_drawn(analysed: ReviewSnapshot) -> None:
    (own,) = analysed.heatmaps
    other = replace(own, method="grad-cam")
    both = replace(with_overlay(analysed), heatmaps=(own, other))
    assert both.shown_heatmap is own
    chosen = replace(both, overlay=replace(both.overlay, method="grad-cam"))
    assert chosen.shown_heatmap is other


def test_the_readers_least_logit_clears_what_lies_below(
    analysed: ReviewSnapshot, shown: Shown
) -> None:
    """A flat map in the middle of its scale: drawn from the low end, not from three quarters."""
    value = scale_of(CLASS_ACTIVATION).at(0.5)
    flat = Heatmap(PEAK, np.full((4, 5), value, np.float32), analysed.heatmaps[0].crop)

    def picture(least_share: float) -> Any:
        snapshot = replace(with_overlay(analysed, least_share=least_share), heatmaps=(flat,))
        image = shown(SliceView(ReviewState(snapshot)), 420, 420).grab().toImage()
        return image.pixelColor(210, 210)

    assert picture(0.0).red() - picture(0.0).blue() > 20
    assert picture(0.75).red() == picture(0.75).blue()


def test_the_button_names_the_method_and_asks_for_opacity_and_threshold(
    analysed: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    clot_map = replace(analysed.heatmaps[0], method=CLOT_MAP)
    state = ReviewState(replace(analysed, heatmaps=(clot_map,)))
    button = shown(OverlayButton(state), 160, 24)
    button.overlay_requested.connect(lambda overlay: state.update(overlay=overlay))
    assert button.text() == "Clot map"
    opacity, least = button.findChildren(type(button._opacity))
    opacity.setValue(30)
    least.setValue(20)
    assert state.snapshot.overlay.opacity == 0.3
    assert state.snapshot.overlay.least_share == 0.5
    least.setValue(0)
    assert state.snapshot.overlay.least_share == 0.0


def test_without_maps_there_is_no_button(opened: ReviewSnapshot, shown: Shown) -> None:
    assert not shown(OverlayButton(ReviewState(opened)), 160, 24).isVisible()
