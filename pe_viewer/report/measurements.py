"""What the reader measured, with its values: made while the pixels are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pe_viewer.display.measuring import EllipseStats, ellipse_stats, length_mm
from pe_viewer.review import Ellipse, Length, Measure


class MeasureKind(StrEnum):
    """What a measure is called in JSON and CSV."""

    LENGTH = "length"
    ELLIPSE = "ellipse"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measure with its value.

    ``length_mm`` is None for an ellipse. ``stats`` is None for a length, and where the pixels were
    not available or none of them lies within.
    """

    measure: Measure
    length_mm: float | None = None
    stats: EllipseStats | None = None


def measurements_of(
    measures: Sequence[Measure],
    hu: NDArray[np.int16] | None,
    spacing_mm: tuple[float, float],
) -> tuple[Measurement, ...]:
    """Values in the order of the measures; ``hu`` [slice, row, col], ``spacing_mm`` (row, col)."""
    return tuple(_measurement(measure, hu, spacing_mm) for measure in measures)


def measurement_to_dict(measurement: Measurement) -> dict[str, str | int | float | None]:
    """One flat object; places are (row, col) of pixels, ``structure`` is "" where none is named."""
    measure, stats = measurement.measure, measurement.stats
    is_length = isinstance(measure, Length)
    structure = measure.structure if isinstance(measure, Length) else None
    return {
        "kind": MeasureKind.LENGTH if is_length else MeasureKind.ELLIPSE,
        "structure": structure or "",
        "slice_index": measure.slice_index,
        "start_row": measure.start[0],
        "start_col": measure.start[1],
        "end_row": measure.end[0],
        "end_col": measure.end[1],
        "length_mm": measurement.length_mm,
        "area_mm2": None if stats is None else stats.area_mm2,
        "n_pixels": None if stats is None else stats.n,
        "mean_hu": None if stats is None else stats.mean_hu,
        "sd_hu": None if stats is None else stats.sd_hu,
        "min_hu": None if stats is None else stats.min_hu,
        "max_hu": None if stats is None else stats.max_hu,
    }


def _measurement(
    measure: Measure, hu: NDArray[np.int16] | None, spacing_mm: tuple[float, float]
) -> Measurement:
    match measure:
        case Length():
            return Measurement(measure, length_mm=length_mm(measure, spacing_mm))
        case Ellipse() if hu is not None:
            stats = ellipse_stats(hu[measure.slice_index], measure, spacing_mm)
            return Measurement(measure, stats=stats)
        case _:
            return Measurement(measure)
