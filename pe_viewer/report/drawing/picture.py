"""A key image with its words around it, painted the same on a PDF page and in a PNG.

Everything written stands beside the anatomy, never over it: the title and the anterior letter
above, the lateral letters at the sides, position, window, the map's scale and the notice below.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE

UNREDUCED_PX: Final = 1 << 15
"""More rows or cols than a slice has (DICOM counts them in 16 bits, CT in far fewer)."""

_GROUND: Final = QColor(PALETTE.view)
_TEXT: Final = QColor(PALETTE.text)
_DIM: Final = QColor(PALETTE.dim_text)
_MODEL: Final = QColor(PALETTE.model)

_LINE_EM: Final = 1.5
"""Height of a line of text, in font sizes."""
_MARGIN_EM: Final = 2.2
"""Width of the strip at each side that holds a letter."""
_LINES_ABOVE: Final = 2.4
_LINES_BELOW: Final = 5.4
_EDGE_LINES: Final = 0.2
"""Lines left free at the frame's upper and lower edges."""


@dataclass(frozen=True, slots=True, eq=False)
class ColourBar:
    """``colours[step]`` (uint8, rgb) from the lowest to the highest of a map, and its end labels.

    ``caption`` names the method and the unit, ``caution`` how to take it: a picture travels alone.
    """

    colours: NDArray[np.uint8]
    lowest: str
    highest: str
    caption: str
    caution: str


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One key image, ready to paint.

    ``pixels`` (row, col; or row, col, rgb; uint8) are in display orientation. ``aspect`` is the
    width over the height in mm. Letters name the patient's side at each edge. ``pixels`` is None
    where the slice could not be read, as ``absence`` then says in its place.
    """

    pixels: NDArray[np.uint8] | None
    aspect: float
    left: str
    right: str
    top: str
    bottom: str
    title: str
    position: str
    notice: str
    colour_bar: ColourBar | None = None
    absence: str = ""


def size_for(picture: Picture, *, width: float, font_px: int) -> float:
    """The height that ``paint`` fills for a frame of this ``width``, in units of the device."""
    image_width = width - 2 * _MARGIN_EM * font_px
    lines = _LINES_ABOVE + _LINES_BELOW
    return image_width / picture.aspect + lines * _LINE_EM * font_px


def paint(
    painter: QPainter,
    frame: QRectF,
    picture: Picture,
    *,
    font_px: int,
    most_px: int = UNREDUCED_PX,
) -> None:
    """Fills ``frame``, whose height is ``size_for`` of its width.

    A slice with more than ``most_px`` rows or cols is reduced to that many, smoothly.
    """
    line = _LINE_EM * font_px
    margin = _MARGIN_EM * font_px
    painter.fillRect(frame, _GROUND)
    image = frame.adjusted(margin, _LINES_ABOVE * line, -margin, -_LINES_BELOW * line)
    _paint_pixels(painter, image, picture, font_px, most_px)
    _paint_letters(painter, frame, image, picture, font_px)
    top_line = QRectF(
        frame.left() + margin / 2, frame.top() + _EDGE_LINES * line, frame.width() - margin, line
    )
    below = QRectF(top_line.left(), image.bottom() + line, top_line.width(), line)
    _paint_line(painter, top_line, picture.title, _TEXT, font_px)
    _paint_line(painter, below, picture.position, _TEXT, font_px)
    _paint_line(painter, below.translated(0, 3 * line), picture.notice, _DIM, font_px)
    if picture.colour_bar is not None:
        _paint_colour_bar(painter, below.translated(0, line), picture.colour_bar, font_px)
        caution = below.translated(0, 2 * line)
        _paint_line(painter, caution, picture.colour_bar.caution, _MODEL, font_px)


def to_image(picture: Picture, *, width_px: int, font_px: int) -> QImage:
    """The picture as an opaque image of its own."""
    height_px = round(size_for(picture, width=width_px, font_px=font_px))
    image = QImage(width_px, height_px, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        paint(painter, QRectF(0, 0, width_px, height_px), picture, font_px=font_px)
    finally:
        painter.end()
    return image


def to_qimage(pixels: NDArray[np.uint8]) -> QImage:
    """Grey (row, col) or colour (row, col, rgb) pixels as an image that owns its memory."""
    rows, cols = pixels.shape[:2]
    is_grey = pixels.ndim == 2
    kind = QImage.Format.Format_Grayscale8 if is_grey else QImage.Format.Format_RGB888
    packed = np.ascontiguousarray(pixels)
    return QImage(packed.data, cols, rows, packed.strides[0], kind).copy()


def _paint_pixels(
    painter: QPainter, image: QRectF, picture: Picture, font_px: int, most_px: int
) -> None:
    if picture.pixels is None:
        painter.setPen(_DIM)
        painter.setFont(font(font_px))
        painter.drawText(image, Qt.AlignmentFlag.AlignCenter, picture.absence)
        return
    # Grey pixels are the CT: kept exact. Coloured ones may be compressed by the device.
    is_exact = picture.pixels.ndim == 2
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering, is_exact)
    drawn = to_qimage(picture.pixels)
    if max(picture.pixels.shape[:2]) > most_px:
        drawn = drawn.scaled(
            most_px,
            most_px,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    painter.drawImage(image, drawn)


def _paint_letters(
    painter: QPainter, frame: QRectF, image: QRectF, picture: Picture, font_px: int
) -> None:
    """The patient's sides in the strips around the image."""
    line = _LINE_EM * font_px
    beside_left = QRectF(frame.left(), image.top(), image.left() - frame.left(), image.height())
    beside_right = QRectF(image.right(), image.top(), beside_left.width(), image.height())
    above = QRectF(image.left(), image.top() - line, image.width(), line)
    below = QRectF(image.left(), image.bottom(), image.width(), line)
    painter.setPen(_TEXT)
    painter.setFont(font(font_px, QFont.Weight.DemiBold))
    for letter, place in (
        (picture.left, beside_left),
        (picture.right, beside_right),
        (picture.top, above),
        (picture.bottom, below),
    ):
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, letter)


def _paint_line(painter: QPainter, place: QRectF, text: str, colour: QColor, font_px: int) -> None:
    """One line, elided at its end where it is too long."""
    painter.setPen(colour)
    painter.setFont(font(font_px))
    fitted = QFontMetricsF(painter.font(), painter.device()).elidedText(
        text, Qt.TextElideMode.ElideRight, place.width()
    )
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitted)


def _paint_colour_bar(painter: QPainter, place: QRectF, bar: ColourBar, font_px: int) -> None:
    """Lowest, the colours, highest, and what they mean, on one line."""
    painter.setFont(font(font_px))
    painter.setPen(_MODEL)
    metrics = QFontMetricsF(painter.font(), painter.device())
    gap = font_px / 2
    bar_left = place.left() + metrics.horizontalAdvance(bar.lowest) + gap
    colours = QRectF(bar_left, place.center().y() - font_px / 2, 6 * font_px, font_px)
    painter.drawImage(colours, to_qimage(bar.colours[np.newaxis]))
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(place, flags, bar.lowest)
    rest = place.adjusted(colours.right() + gap - place.left(), 0, 0, 0)
    words = f"{bar.highest}   {bar.caption}"
    fitted = metrics.elidedText(words, Qt.TextElideMode.ElideRight, rest.width())
    painter.drawText(rest, flags, fitted)
