"""KeyImage -> Picture: windowed, turned the right way, with or without the activation map."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models import NOTICE
from pe_viewer.display import heat, orientation, slice_image, texts
from pe_viewer.report import content
from pe_viewer.report.content.phrases import phrases_of
from pe_viewer.report.drawing.picture import ColourBar, Picture
from pe_viewer.report.model import KeyImage, Report

_OPACITY: Final = 0.45
"""As the window opens it."""

_BAR_STEPS: Final = 64


def plain_picture(report: Report, image: KeyImage) -> Picture:
    """The slice without an overlay."""
    return _picture(report, image, has_overlay=False)


def overlay_picture(report: Report, image: KeyImage) -> Picture | None:
    """The slice under its activation map; None where there is no map or no slice."""
    if image.heatmap is None or image.hu is None:
        return None
    return _picture(report, image, has_overlay=True)


def _picture(report: Report, image: KeyImage, *, has_overlay: bool) -> Picture:
    turned = orientation.reading_orientation(report.series.geometry)
    _, row_mm, col_mm = report.series.geometry.spacing_mm
    place = content.position(report, image.slice_index)
    return Picture(
        pixels=_pixels(report, image, has_overlay=has_overlay),
        aspect=(report.series.cols * col_mm) / (report.series.rows * row_mm),
        left=turned.left,
        right=turned.right,
        top=turned.top,
        bottom=turned.bottom,
        title=content.key_image_title(report, image),
        position=f"{place}   {texts.window_text(report.window)}",
        notice=NOTICE,
        colour_bar=_colour_bar(report, image) if has_overlay else None,
        absence=phrases_of(report)("This slice could not be read"),
    )


def _pixels(report: Report, image: KeyImage, *, has_overlay: bool) -> NDArray[np.uint8] | None:
    """Pixels as they lie on screen; the map is drawn on the stored slice, whose crop it names."""
    if image.hu is None:
        return None
    rows, cols = image.hu.shape
    overlay = None
    if has_overlay and image.heatmap is not None:
        overlay = heat.overlay_rgba(image.heatmap, (rows, cols), opacity=_OPACITY)
    drawn = slice_image.render(image.hu, report.window, overlay=overlay)
    return orientation.reading_orientation(report.series.geometry).turn(drawn)


def _colour_bar(report: Report, image: KeyImage) -> ColourBar | None:
    """The scale that all overlays share, with the name of the method that made this one.

    A map that reaches no colour leaves the slice as it is; the words beside the bar say so.
    """
    if image.heatmap is None:
        return None
    method, say = image.heatmap.method, phrases_of(report)
    scale = heat.scale_of(method)
    low, high = (say.number(f"{end:g}") for end in (scale.low_logit, scale.high_logit))
    caption = say(texts.scale_title(method))
    if image.heatmap.values.max() <= scale.low_logit:
        caption = say("{caption} · nothing above {least} here", caption=caption, least=low)
    return ColourBar(
        heat.colour_bar(_BAR_STEPS),
        low,
        high,
        caption,
        say(texts.overlay_caution(method)),
    )
