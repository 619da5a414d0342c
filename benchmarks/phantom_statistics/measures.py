"""Measures: what is measured in a subject, by name."""

from typing import Final

import numpy as np

from benchmarks.phantom_statistics.lungs import (
    SPOT_THRESHOLDS_HU,
    edge_rises_mm,
    gradient_hu_cm,
    spots_per_cm2,
)
from benchmarks.phantom_statistics.noise_power import noise_power
from benchmarks.phantom_statistics.subjects import CtSlice, Subject
from benchmarks.phantom_statistics.tissues import Tissues, find_tissues
from pe_models.phantom.spec import Kernel

Figures = dict[str, float]
"""By the name that the table prints; what could not be measured is NaN or absent."""

_TISSUES: Final = {
    "lung": "lung_field",
    "opacified blood": "blood",
    "muscle": "muscle",
    "fat": "fat",
    "bone": "bone",
}
_PERCENTILES: Final = {"P5": 5.0, "median": 50.0, "P95": 95.0}
_LEAST_PX: Final = 200
_LEAST_EDGES: Final = 10

Seen = list[tuple[CtSlice, Tissues]]


def figures_of(subject: Subject) -> Figures:
    """Everything that the slices of a subject tell."""
    seen = [(ct, find_tissues(ct)) for ct in subject.slices]
    return {
        **_tissue_figures(seen, is_opacified=subject.is_opacified),
        **_lung_figures(seen),
        **_edge_figures(seen, subject.kernel),
        **_noise_figures(subject),
    }


def _tissue_figures(seen: Seen, *, is_opacified: bool) -> Figures:
    figures: Figures = {}
    for tissue, mask in _TISSUES.items():
        values = np.concatenate([ct.hu[getattr(tissues, mask)] for ct, tissues in seen])
        is_known = values.size >= _LEAST_PX and (is_opacified or mask != "blood")
        for name, percent in _PERCENTILES.items():
            at = float(np.percentile(values, percent)) if is_known else np.nan
            figures[f"{tissue}, {name} (HU)"] = at
    return figures


def _lung_figures(seen: Seen) -> Figures:
    figures = {
        f"spots above {threshold:.0f} HU (/cm2 of lung)": _mean(
            [spots_per_cm2(ct, tissues, threshold) for ct, tissues in seen]
        )
        for threshold in SPOT_THRESHOLDS_HU
    }
    slopes = [gradient_hu_cm(ct, tissues) for ct, tissues in seen]
    return figures | {"lung, rise from front to back (HU/cm)": _mean(slopes)}


def _edge_figures(seen: Seen, kernel: Kernel) -> Figures:
    rises = [rise for ct, tissues in seen for rise in edge_rises_mm(ct, tissues)]
    rise = float(np.median(rises)) if len(rises) >= _LEAST_EDGES else np.nan
    return {f"pleura, 10-90 % rise, {kernel} kernel (mm)": rise}


def _noise_figures(subject: Subject) -> Figures:
    noise = noise_power(subject.slices)
    if noise is None:
        return {}
    return {
        f"noise, {subject.kernel} kernel: sd (HU)": noise.sd_hu,
        f"noise, {subject.kernel} kernel: peak (/cm)": noise.peak_per_cm,
        f"noise, {subject.kernel} kernel: half of the peak (/cm)": noise.half_per_cm,
        f"noise, {subject.kernel} kernel: mean frequency (/cm)": noise.mean_per_cm,
    }


def _mean(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else np.nan
