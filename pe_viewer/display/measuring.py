"""What the reader measures on a slice: lengths in mm, and HU within an ellipse."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pe_viewer.display.heart_texts import ratio_text
from pe_viewer.display.looks import STRUCTURES, Tool
from pe_viewer.review import Ellipse, Length, Measure, Point, Review, Structure


@dataclass(frozen=True, slots=True)
class EllipseStats:
    """HU of the pixels whose centres lie within an ellipse; ``n`` of them, at least one.

    ``sd_hu`` is that of the pixels themselves (divided by n).
    """

    n: int
    mean_hu: float
    sd_hu: float
    min_hu: int
    max_hu: int
    area_mm2: float


def measure_of(tool: Tool, slice_index: int, start: Point, end: Point) -> Measure:
    """What a measuring tool makes of a drag."""
    if tool is Tool.ELLIPSE:
        return Ellipse(slice_index, start, end)
    return Length(slice_index, start, end, STRUCTURES.get(tool))


def length_mm(length: Length, spacing_mm: tuple[float, float]) -> float:
    """``spacing_mm`` is of rows and cols."""
    down = (length.end[0] - length.start[0]) * spacing_mm[0]
    across = (length.end[1] - length.start[1]) * spacing_mm[1]
    return float(np.hypot(down, across))


def ellipse_stats(
    hu_slice: NDArray[np.int16], ellipse: Ellipse, spacing_mm: tuple[float, float]
) -> EllipseStats | None:
    """Statistics of ``hu_slice`` (row, col); None where no pixel's centre lies within."""
    inside = hu_slice[_mask(hu_slice.shape, ellipse.start, ellipse.end)]
    if inside.size == 0:
        return None
    height_mm = abs(ellipse.end[0] - ellipse.start[0]) * spacing_mm[0]
    width_mm = abs(ellipse.end[1] - ellipse.start[1]) * spacing_mm[1]
    return EllipseStats(
        n=inside.size,
        mean_hu=float(inside.mean()),
        sd_hu=float(inside.std()),
        min_hu=int(inside.min()),
        max_hu=int(inside.max()),
        area_mm2=float(np.pi / 4 * height_mm * width_mm),
    )


def width_text(review: Review, line: Length, spacing_mm: tuple[float, float]) -> str:
    """``RV 44.0 mm``; at a ventricle also ``RV/LV 1.10, 1.0 or more``, once both were measured.

    A line that is still being drawn counts in place of the one in ``review``.
    """
    words = length_text(length_mm(line, spacing_mm))
    if line.structure is None:
        return words
    named = f"{line.structure} {words}"
    ratio = None if line.structure is Structure.TRUNK else _ratio(review, line, spacing_mm)
    return named if ratio is None else f"{named}, {ratio_text(ratio)}"


def _ratio(review: Review, line: Length, spacing_mm: tuple[float, float]) -> float | None:
    """RV/LV with ``line`` as one of the two; None while the other was not measured."""
    rv, lv = (
        line if line.structure is structure else review.width_of(structure)
        for structure in (Structure.RV, Structure.LV)
    )
    if rv is None or lv is None or length_mm(lv, spacing_mm) <= 0.0:
        return None
    return length_mm(rv, spacing_mm) / length_mm(lv, spacing_mm)


def length_text(mm: float) -> str:
    """``12.3 mm``."""
    return f"{mm:.1f} mm"


def stats_lines(stats: EllipseStats | None, unit: str) -> tuple[str, ...]:
    """Mean with SD, extremes and area; ``unit`` is "HU", or "" where values are none."""
    if stats is None:
        return ("no pixel",)
    return (
        f"mean {stats.mean_hu:.0f} {unit}".rstrip() + f", SD {stats.sd_hu:.0f}",
        f"min {stats.min_hu}, max {stats.max_hu}",
        f"{stats.area_mm2:.0f} mm²",
    )


def _mask(shape: tuple[int, ...], start: Point, end: Point) -> NDArray[np.bool_]:
    """Pixels (row, col) whose centres lie within the ellipse between two corners of its box."""
    radii = [max(abs(b - a) / 2, 1e-9) for a, b in zip(start, end, strict=True)]
    middle = [(a + b) / 2 for a, b in zip(start, end, strict=True)]
    down = (np.arange(shape[0]) - middle[0]) / radii[0]
    across = (np.arange(shape[1]) - middle[1]) / radii[1]
    inside: NDArray[np.bool_] = down[:, None] ** 2 + across[None, :] ** 2 <= 1.0
    return inside
