"""Places that the model marks are framed on their slices, while the overlay is on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pe_models.findings import ArteryLevel, MarkedPlace, Side
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.picture.place_painting import places_shown
from pe_viewer.views.picture.slice_view import SliceView

PLACE = MarkedPlace(9, 12.0, 33.0, 0.9, Side.RIGHT, ArteryLevel.LOBAR)


@pytest.fixture
def marked(analysed: ReviewSnapshot) -> ReviewSnapshot:
    """The slice of a place in view, the overlay on."""
    assert analysed.findings is not None
    first, last = analysed.findings.flags
    flags = (first, replace(last, level=PLACE.level, places=(PLACE,)))
    return replace(
        analysed,
        findings=replace(analysed.findings, flags=flags),
        slice_index=PLACE.slice_index,
        overlay=replace(analysed.overlay, is_visible=True),
        heatmaps=(),
    )


def test_places_are_shown_on_their_slice_while_the_overlay_is_on(marked: ReviewSnapshot) -> None:
    assert places_shown(marked) == (PLACE,)
    assert places_shown(replace(marked, slice_index=8)) == ()
    assert places_shown(replace(marked, overlay=replace(marked.overlay, is_visible=False))) == ()


def test_while_the_model_is_withheld_there_is_nothing_to_show(marked: ReviewSnapshot) -> None:
    assert places_shown(replace(marked, findings=None, is_second_reader=True)) == ()


def test_the_frame_lies_about_the_place_and_leaves_it_free(
    marked: ReviewSnapshot, shown: Callable[..., Any]
) -> None:
    view = shown(SliceView(ReviewState(marked)), 500, 400)
    placement = view.placement
    x, y = placement.to_view(PLACE.row, PLACE.col)
    image = view.grab().toImage()

    def is_amber(dx: int, dy: int) -> bool:
        """Anti-aliased lines are amber mixed with the plate's black."""
        colour = image.pixelColor(round(x) + dx, round(y) + dy)
        return colour.red() > 120 and colour.red() > 1.8 * colour.blue()

    reach = (-15, -14, -13, 13, 14, 15)
    for corner in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        assert any(is_amber(dx, corner[1] * 11) for dx in reach if dx * corner[0] > 0), corner
    assert not any(is_amber(dx, dy) for dx in range(-8, 9) for dy in range(-8, 9))
