"""What the reader measured, with its values: made while the pixels are there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pe_viewer.display.measuring import EllipseStats, ellipse_stats, length_mm
from pe_viewer.review import Ellipse, Length, Measure


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
