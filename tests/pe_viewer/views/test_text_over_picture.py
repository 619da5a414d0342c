"""Text over the picture: nothing of it hides a side, the overlay's caution or a value."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage

from pe_models.findings import CLOT_MAP
from pe_models.imaging.reslice import reslice
from pe_models.imaging.reslicing.slab import THIN
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.imaging.window import Window
from pe_viewer.display.crosshair import centre_mm
from pe_viewer.display.looks import OverlaySettings
from pe_viewer.display.palette import PALETTE, rgb
from pe_viewer.display.planes import PlaneKind, plane_through
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.picture.plane_view import PlaneView
from pe_viewer.views.picture.slice_view import SliceView
from pe_viewer.views.picture.text_room import TextRoom

Shown = Callable[..., Any]

WIDTHS = [200, 275, 322, 346, 700]
"""Of the slices in windows of 960 to 1600 px, with and without panels and planes."""
HEIGHT = 516
LONG = "Thorax PE 1.0 Bf40 3 ax with a very long description of it"
EDGE_PX = 12


def black(snapshot: ReviewSnapshot) -> ReviewSnapshot:
    """Nothing but text is bright."""
    return replace(snapshot, window=Window(1.0, 5000.0))


def described(snapshot: ReviewSnapshot) -> ReviewSnapshot:
    assert snapshot.series is not None
    series = replace(snapshot.series, description=LONG, slice_thickness_mm=3.0, kernel="LUNG")
    return black(replace(snapshot, series=series))


def with_map(analysed: ReviewSnapshot) -> ReviewSnapshot:
    """A map that says the longer of the two cautions."""
    clot_map = replace(analysed.heatmaps[0], method=CLOT_MAP)
    overlay = OverlaySettings(is_visible=True)
    return black(replace(analysed, slice_index=9, heatmaps=(clot_map,), overlay=overlay))


def ink(image: QImage, colour: str) -> list[tuple[int, int]]:
    """The pixels (x, y) that are as bright in ``colour`` as the text itself."""
    wanted = 0xFF000000 | int.from_bytes(bytes(rgb(colour)))
    pixels = memoryview(image.convertToFormat(QImage.Format.Format_RGB32).constBits()).cast("I")
    width = image.width()
    return [(k % width, k // width) for k, pixel in enumerate(pixels.tolist()) if pixel == wanted]


def letters_of(image: QImage) -> list[QImage]:
    width, height = image.width(), image.height()
    middle = QRect(width // 2 - 7, 0, 14, 32)
    side = QRect(0, height // 2 - 10, 30, 20)
    return [
        image.copy(middle),
        image.copy(middle.translated(0, height - 32)),
        image.copy(side),
        image.copy(side.translated(width - 30, 0)),
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_sides_stand_as_they_do_without_any_other_text(
    opened: ReviewSnapshot, shown: Shown, width: int
) -> None:
    bare = replace(described(opened), shows_corner_text=False)
    alone, beside = (
        letters_of(shown(SliceView(ReviewState(s)), width, HEIGHT).grab().toImage())
        for s in (bare, described(opened))
    )
    assert all(ink(letter, PALETTE.text) for letter in alone)
    assert beside == alone


@pytest.mark.parametrize("kind", PlaneKind)
@pytest.mark.parametrize("width", [180, 213, 420])
def test_a_planes_sides_stand_as_they_do_without_any_other_text(
    opened: ReviewSnapshot, shown: Shown, kind: PlaneKind, width: int
) -> None:
    assert opened.volume is not None
    voxels = Voxels.of(opened.volume)
    point_mm = centre_mm(voxels, (5, 12, 45))
    plane = reslice(voxels, plane_through(kind, voxels.geometry, point_mm), THIN)
    snapshot = black(replace(opened, voxels=voxels, reslices={kind: plane}))
    alone, beside = (
        letters_of(shown(PlaneView(ReviewState(s), kind), width, 258).grab().toImage())
        for s in (replace(snapshot, shows_corner_text=False), snapshot)
    )
    assert all(ink(letter, PALETTE.text) for letter in alone)
    assert beside == alone


@pytest.mark.parametrize("width", WIDTHS)
def test_the_overlays_caution_is_whole_in_a_narrow_view(
    analysed: ReviewSnapshot, shown: Shown, width: int
) -> None:
    """The same words have the same ink in one line and in four, wherever their pixels lie."""

    def caution(wide: int) -> dict[tuple[int, int], int]:
        snapshot = replace(with_map(analysed), shows_corner_text=False)
        cold = replace(snapshot.heatmaps[0], values=np.full((4, 5), -8.0, np.float32))
        state = ReviewState(replace(snapshot, heatmaps=(cold,)))
        image = shown(SliceView(state), wide, HEIGHT).grab().toImage()
        colours = {
            (x, y): image.pixelColor(x, y) for x in range(wide) for y in range(HEIGHT - 120, HEIGHT)
        }
        amber = {at: colour.red() - colour.blue() for at, colour in colours.items()}
        return {at: ink for at, ink in amber.items() if ink > 0}

    whole, narrow = caution(900), caution(width)
    assert sum(narrow.values()) == pytest.approx(sum(whole.values()), rel=0.03)
    assert all(EDGE_PX - 2 <= x <= width - EDGE_PX + 2 for x, _ in narrow)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_corner_text_stands_on_the_caution_or_the_colour_bar(
    analysed: ReviewSnapshot, shown: Shown, width: int
) -> None:
    """Of the amber ink none is lost where the corners are shown too."""
    snapshot = replace(described(with_map(analysed)), slice_index=9)
    alone, beside = (
        ink(shown(SliceView(ReviewState(s)), width, HEIGHT).grab().toImage(), PALETTE.model)
        for s in (replace(snapshot, shows_corner_text=False), snapshot)
    )
    assert alone
    assert set(alone) <= set(beside)


def test_a_line_wider_than_the_view_ends_in_an_ellipsis(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    """No ink in the margin: the words end before it."""
    snapshot = described(opened)
    image = shown(SliceView(ReviewState(snapshot)), 275, HEIGHT).grab().toImage()
    assert max(x for x, y in ink(image, PALETTE.text) if y < 70) <= 275 - EDGE_PX


def test_lines_step_past_what_is_taken_away_from_their_edge() -> None:
    room = TextRoom(QRectF(0, 0, 200, 100))
    room.take(QRectF(90, 10, 20, 20))
    room.take(QRectF(90, 30, 20, 10))
    assert room.below(QRectF(10, 10, 50, 18)) == QRectF(10, 10, 50, 18)
    assert room.below(QRectF(10, 10, 100, 18)) == QRectF(10, 40, 100, 18)
    low = TextRoom(QRectF(0, 0, 200, 100))
    low.take(QRectF(90, 70, 20, 20))
    low.take(QRectF(90, 60, 20, 10))
    assert low.above(QRectF(10, 72, 100, 18)) == QRectF(10, 42, 100, 18)
    assert low.above(QRectF(120, 72, 60, 18)) == QRectF(120, 72, 60, 18)


def test_the_scale_keeps_its_words_beside_a_short_line(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    """Grey words stand above the line, whichever is the wider."""
    image = shown(SliceView(ReviewState(black(opened))), 420, 420).grab().toImage()
    words = image.copy(420 - 60, 420 - 106, 60 - EDGE_PX, 16)
    assert len(ink(words, PALETTE.text)) > 5
