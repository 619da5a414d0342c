"""The arterial tree as drawn: how much of a mark is filled tells how far an artery is closed."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from pe_viewer.display.arterial_painting import MARK, SCREEN_INK, SHARES, at, paint_tree
from pe_viewer.form.sites import ArterialSite, Occlusion

pytestmark = pytest.mark.usefixtures("qapp")

AREA = QRectF(40.0, 20.0, 900.0, 760.0)
INK = replace(SCREEN_INK, unit=3.0)
SITE = ArterialSite.LEFT_A9


def _painted(sites: dict[ArterialSite, Occlusion]) -> QImage:
    image = QImage(1000, 820, QImage.Format.Format_RGB32)
    image.fill(INK.ground)
    painter = QPainter(image)
    paint_tree(painter, AREA, sites, INK)
    painter.end()
    return image


def _colour(image: QImage, dx: float, dy: float) -> QColor:
    """At (dx, dy) radii from the mark's centre."""
    centre, radius = at(AREA, SITE), MARK * INK.unit
    return image.pixelColor(round(centre.x() + dx * radius), round(centre.y() + dy * radius))


def test_a_free_artery_has_a_hollow_mark() -> None:
    assert _colour(_painted({}), 0.3, 0.3) == QColor(INK.ground)


def test_a_complete_occlusion_fills_its_mark() -> None:
    image = _painted({SITE: Occlusion.COMPLETE})
    corners = [(0.5, 0.5), (-0.5, 0.5), (0.5, -0.5), (-0.5, -0.5)]
    assert {_colour(image, *corner).name() for corner in corners} == {INK.occluded.lower()}


def test_a_partial_occlusion_fills_the_half_clockwise_from_the_top() -> None:
    image = _painted({SITE: Occlusion.PARTIAL})
    assert _colour(image, 0.5, 0.3) == QColor(INK.occluded)
    assert _colour(image, -0.5, 0.3) == QColor(INK.ground)


def test_subsegmental_branches_alone_are_a_dot_in_the_mark() -> None:
    image = _painted({SITE: Occlusion.SUBSEGMENTAL})
    assert _colour(image, 0.0, 0.0) == QColor(INK.occluded)
    assert _colour(image, 0.6, 0.0) == QColor(INK.ground)


def test_a_higher_degree_fills_more_of_a_mark() -> None:
    graded = (
        Occlusion.BELOW_25,
        Occlusion.BELOW_50,
        Occlusion.BELOW_75,
        Occlusion.BELOW_100,
        Occlusion.COMPLETE,
    )
    filled = []
    for occlusion in graded:
        image = _painted({SITE: occlusion})
        steps = [step / 10 for step in range(-9, 10)]
        colours = [_colour(image, dx, dy) for dx in steps for dy in steps]
        filled.append(sum(colour == QColor(INK.occluded) for colour in colours))
    assert filled == sorted(set(filled))
    assert set(SHARES) == set(Occlusion)
