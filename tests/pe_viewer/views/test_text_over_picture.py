"""Text over the picture: nothing of it hides a side, the overlay's caution or a value."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QFontMetricsF, QImage, QPainter

from pe_models.findings import CLOT_MAP
from pe_models.imaging.reslice import reslice
from pe_models.imaging.reslicing.slab import THIN
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_models.imaging.window import Window
from pe_viewer.display.crosshair import centre_mm
from pe_viewer.display.fonts import font
from pe_viewer.display.looks import OverlaySettings, ViewTransform
from pe_viewer.display.palette import PALETTE, rgb
from pe_viewer.display.planes import PlaneKind, plane_through
from pe_viewer.review import Length, Review, Structure
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.picture.corner_painting import folded, width_px
from pe_viewer.views.picture.label_painting import Label, paint_labels
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


def measured(analysed: ReviewSnapshot, *lines: Length) -> ReviewSnapshot:
    """The reader's lines in the slice in view, their millimetres assumed."""
    assert analysed.series is not None
    assumed = SeriesWarning(WarningCode.ASSUMED_SPACING, "No pixel spacing.")
    series = replace(analysed.series, warnings=(assumed,))
    return black(replace(analysed, series=series, review=Review(measures=lines)))


def reader_ink(image: QImage) -> int:
    """Cyan beyond red over all pixels; of the grey text there is next to none."""
    words = np.frombuffer(image.convertToFormat(QImage.Format.Format_RGB32).constBits(), np.uint8)
    blue, _, red, _ = words.reshape(-1, 4).astype(np.int32).T
    cyan = blue - red
    return int(cyan[cyan > 20].sum())


@pytest.mark.parametrize("x", [-30.0, 8.0, 120.0, 190.0, 240.0])
@pytest.mark.parametrize("width", [200, 275, 346])
def test_a_labels_words_are_whole_wherever_its_shape_ends(
    opened: ReviewSnapshot, width: int, x: float
) -> None:
    """As much ink as in a view with room for them."""

    def words(wide: int, left: float) -> int:
        image = QImage(wide, HEIGHT, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        shape = QRectF(max(0.0, left - 60), 100, 50, 0)
        lines = ("RV 68.5 mm, RV/LV 1.50, 1.0 or more, assumed",)
        label = Label(QPointF(left, 104), lines, PALETTE.reader, shape)
        paint_labels(painter, TextRoom(QRectF(0, 0, wide, HEIGHT)), (label,))
        painter.end()
        return reader_ink(image)

    assert words(width, x) == pytest.approx(words(1400, 400.0), rel=0.05)


def test_a_value_at_the_right_edge_has_all_its_ink(analysed: ReviewSnapshot, shown: Shown) -> None:
    """The same line at the left edge, where its words never ended at the view."""
    sums = []
    for col in (3.0, 30.0):
        line = Length(5, (11.0, col), (11.0, col + 20.0), Structure.RV)
        snapshot = replace(measured(analysed, line), shows_corner_text=False)
        image = shown(SliceView(ReviewState(snapshot)), 275, HEIGHT).grab().toImage()
        sums.append(reader_ink(image))
    assert sums[1] == pytest.approx(sums[0], rel=0.05)


def test_no_corner_text_and_no_colour_bar_stands_on_a_value(
    analysed: ReviewSnapshot, shown: Shown
) -> None:
    """A line below the bar, one at the bottom left: the words of both have all their ink."""
    lines = (
        Length(9, (11.0, 30.0), (11.0, 50.0), Structure.RV),
        Length(9, (33.0, 3.0), (33.0, 20.0), Structure.LV),
    )
    assert analysed.series is not None
    on = replace(with_map(measured(analysed, *lines)), slice_index=9)
    off = replace(on, overlay=OverlaySettings(), shows_corner_text=False)
    with_text, alone = (
        reader_ink(shown(SliceView(ReviewState(s)), 346, HEIGHT).grab().toImage())
        for s in (on, off)
    )
    assert with_text >= 0.97 * alone


def test_the_words_of_a_line_out_of_view_are_not_in_view(
    analysed: ReviewSnapshot, shown: Shown
) -> None:
    far = measured(analysed, Length(5, (10.0, 2.0), (20.0, 4.0), Structure.RV))
    zoomed = replace(far, view=ViewTransform(4.0, (35.0, 55.0)))
    assert not reader_ink(shown(SliceView(ReviewState(zoomed)), 346, HEIGHT).grab().toImage())


def test_the_nearest_free_place_is_taken_and_the_view_is_never_left() -> None:
    room = TextRoom(QRectF(0, 0, 200, 100))
    room.take(QRectF(100, 40, 60, 20))
    assert room.beside(QRectF(10, 10, 50, 15)) == QRectF(10, 10, 50, 15)
    assert room.beside(QRectF(180, 10, 50, 15)) == QRectF(150, 10, 50, 15)
    assert room.beside(QRectF(110, 50, 50, 15)) == QRectF(110, 60, 50, 15)
    line = QRectF(110, 62, 50, 2)
    assert room.beside(QRectF(110, 50, 50, 15), shunned=(line,)) == QRectF(44, 50, 50, 15)


def test_lines_break_where_their_parts_end() -> None:
    metrics = QFontMetricsF(font(13))
    room_px = width_px(metrics, "RV/LV 1.50,")
    assert folded("RV 68.5 mm, RV/LV 1.50, over", metrics, room_px) == [
        "RV 68.5 mm,", "RV/LV 1.50,", "over"
    ]  # fmt: skip
    assert folded("Im 22/30  z -87.0 mm", metrics, room_px) == ["Im 22/30", "z -87.0 mm"]
    assert folded("Im 22/30  z -87.0 mm", metrics, 400) == ["Im 22/30  z -87.0 mm"]
