"""Key images as they are painted."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from pe_models.findings import CLOT_MAP, Heatmap
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import Volume
from pe_models.imaging.window import PE_WINDOW
from pe_viewer.display.texts import CLOT_MAP_CAUTION, OVERLAY_CAUTION
from pe_viewer.report.drawing.key_images import overlay_picture, plain_picture
from pe_viewer.report.drawing.picture import Picture, to_image, to_qimage
from pe_viewer.report.model import Report

MakeReport = Callable[..., Report]

pytestmark = pytest.mark.usefixtures("qapp")


def rgb_of(image: QImage) -> NDArray[np.uint8]:
    """(row, col, rgb) of an image."""
    packed = image.convertToFormat(QImage.Format.Format_RGB888)
    raw = np.frombuffer(packed.constBits(), dtype=np.uint8)
    rows = raw.reshape(packed.height(), packed.bytesPerLine())[:, : 3 * packed.width()]
    return rows.reshape(packed.height(), packed.width(), 3).copy()


def test_the_usual_axial_slice_is_windowed_and_not_turned(report: Report, volume: Volume) -> None:
    picture = plain_picture(report, report.key_images[0])

    assert picture.pixels is not None
    assert np.array_equal(picture.pixels, PE_WINDOW.to_grey(volume.hu[3]))
    assert (picture.left, picture.right, picture.top, picture.bottom) == ("R", "L", "A", "P")


def test_a_slice_stored_from_the_left_is_mirrored_to_the_reading_position(
    make_report: MakeReport, volume: Volume, geometry: Geometry
) -> None:
    from_left = replace(geometry, directions=((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0)))
    mirrored = make_report(
        series={"geometry": from_left}, pixels=replace(volume, geometry=from_left)
    )
    picture = plain_picture(mirrored, mirrored.key_images[0])

    assert picture.pixels is not None
    assert np.array_equal(picture.pixels, PE_WINDOW.to_grey(volume.hu[3])[:, ::-1])
    assert (picture.left, picture.right) == ("R", "L")


def test_the_overlay_colours_the_crop_alone(report: Report) -> None:
    image = report.key_images[0]
    plain, overlay = plain_picture(report, image), overlay_picture(report, image)

    assert overlay is not None
    assert overlay.pixels is not None
    assert plain.pixels is not None
    changed = np.any(overlay.pixels != plain.pixels[..., np.newaxis], axis=2)
    assert changed.any()
    changed[4:36, 5:55] = False
    assert not changed.any()
    assert overlay.colour_bar is not None
    assert overlay.colour_bar.caption == "Class activation, logit"


def test_a_slice_without_a_map_has_no_overlay(report: Report) -> None:
    assert overlay_picture(report, report.key_images[1]) is None


def test_a_map_says_how_to_take_it_and_where_it_shows_nothing(
    make_report: MakeReport, heatmaps: tuple[Heatmap, ...]
) -> None:
    low = tuple(replace(h, values=np.full_like(h.values, -9.0), method=CLOT_MAP) for h in heatmaps)
    bars = []
    for maps in (heatmaps, low):
        made = make_report(heatmaps=maps)
        picture = overlay_picture(made, made.key_images[0])
        assert picture is not None
        assert picture.colour_bar is not None
        bars.append(picture.colour_bar)

    assert bars[0].caption == "Class activation, logit"
    assert bars[0].caution == OVERLAY_CAUTION
    assert bars[1].caption == "Clot map, logit · nothing above -2 here"
    assert bars[1].caution == CLOT_MAP_CAUTION


def test_pixels_that_are_not_square_keep_their_proportions(report: Report) -> None:
    """60 cols of 0.8 mm beside 40 rows of 0.7 mm: 48 by 28 mm."""
    assert plain_picture(report, report.key_images[0]).aspect == pytest.approx(48 / 28)


def test_nothing_is_written_over_the_anatomy() -> None:
    """A white slice stays white to its edges, and has its true proportions."""
    white = Picture(
        pixels=np.full((40, 60), 255, dtype=np.uint8),
        aspect=2.0,
        left="R",
        right="L",
        top="A",
        bottom="P",
        title="Title " * 30,
        position="Im 183/275  z -112.5 mm",
        notice="Notice " * 30,
    )
    painted = rgb_of(to_image(white, width_px=400, font_px=10))
    is_white = (painted == 255).all(axis=2)

    full_rows = np.flatnonzero(is_white.sum(axis=1) > 300)
    cols = np.flatnonzero(is_white[full_rows[0]])
    inside = is_white[full_rows[0] : full_rows[-1] + 1, cols[0] : cols[-1] + 1]
    assert inside.all()
    assert inside.shape[1] / inside.shape[0] == pytest.approx(2.0, rel=0.02)


@pytest.mark.parametrize("field", ["left", "right", "top", "bottom", "title", "position", "notice"])
def test_every_word_is_painted(report: Report, field: str) -> None:
    picture = plain_picture(report, report.key_images[0])
    silenced: Picture = replace(picture, **{field: ""})

    whole, without = (rgb_of(to_image(p, width_px=400, font_px=12)) for p in (picture, silenced))
    assert (whole != without).any()


def test_a_slice_that_could_not_be_read_is_said_so_not_drawn_as_air(
    make_report: MakeReport, volume: Volume
) -> None:
    holed = make_report(pixels=replace(volume, missing_slices=frozenset({3})))
    picture = plain_picture(holed, holed.key_images[0])
    painted = rgb_of(to_image(picture, width_px=400, font_px=12))

    assert picture.pixels is None
    assert overlay_picture(holed, holed.key_images[0]) is None
    middle = painted[painted.shape[0] // 3 : painted.shape[0] * 2 // 3]
    assert middle.max() > 100


def test_grey_and_colour_pixels_reach_qt_as_they_are() -> None:
    grey = np.arange(15, dtype=np.uint8).reshape(3, 5)
    colour = np.arange(45, dtype=np.uint8).reshape(3, 5, 3)

    assert np.array_equal(rgb_of(to_qimage(grey))[..., 0], grey)
    assert np.array_equal(rgb_of(to_qimage(colour[:, ::-1])), colour[:, ::-1])
