"""Noise power: how strong the noise of even tissue is, and at which spatial frequencies.

Patches of 12 mm in soft tissue without structure: all above -200 HU, and within 25 HU of one
another after a blur of 2.5 mm. A quadratic is taken off each; the mean periodogram is averaged over
directions (IEC 61223-3-5 measures water the same way).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.phantom_statistics.subjects import CtSlice
from benchmarks.phantom_statistics.tissues import Field, blurred

_PATCH_MM: Final = 12.0
_BLUR_MM: Final = 2.5
_EVEN_HU: Final = 25.0
_TISSUE_HU: Final = (-20.0, 600.0)
_LEAST_HU: Final = -200.0
_BIN_PER_CM: Final = 0.6
_LEAST_PER_CM: Final = 1.2
"""Below it lie anatomy, and what is lost with the quadratic."""
_LEAST_PATCHES: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class NoisePower:
    """``power`` (ring,), HU2 mm2, at ``per_cm`` (ring,) cycles a cm; ``sd_hu`` is all of it."""

    per_cm: NDArray[np.float64]
    power: NDArray[np.float64]
    sd_hu: float
    n_patches: int

    @property
    def peak_per_cm(self) -> float:
        return float(self.per_cm[np.argmax(self.power)])

    @property
    def half_per_cm(self) -> float:
        """Where, beyond the peak, half of its power is left; NaN where the pixels are too wide."""
        peak = int(np.argmax(self.power))
        share = self.power[peak:] / self.power[peak]
        at = int(np.argmax(share < 0.5))
        if at == 0:
            return np.nan
        between = (share[at - 1] - 0.5) / (share[at - 1] - share[at])
        return float(self.per_cm[peak + at - 1] + between * _BIN_PER_CM)

    @property
    def mean_per_cm(self) -> float:
        """The mean frequency of the radial profile above 1.2 a cm."""
        return float((self.per_cm * self.power).sum() / self.power.sum())


def noise_power(slices: Sequence[CtSlice]) -> NoisePower | None:
    """Of slices of one pixel pitch; None where fewer than 4 patches are even."""
    pixel_mm = slices[0].pixel_mm
    size = round(_PATCH_MM / pixel_mm)
    patches = [patch for ct in slices for patch in _even_patches(ct, size)]
    if len(patches) < _LEAST_PATCHES:
        return None
    flat = _without_trend(np.asarray(patches, np.float64))
    spectra = np.abs(np.fft.fft2(flat)) ** 2 * (pixel_mm / size) ** 2
    per_cm, power = _radial(spectra.mean(axis=0), pixel_mm)
    return NoisePower(per_cm, power, float(np.sqrt((flat**2).mean())), len(patches))


def _even_patches(ct: CtSlice, size: int) -> Iterator[Field]:
    smooth = blurred(ct.hu, ct.px(_BLUR_MM))
    rows, cols = ct.hu.shape
    for row in range(0, rows - size + 1, size):
        for col in range(0, cols - size + 1, size):
            place = slice(row, row + size), slice(col, col + size)
            if _is_even(ct.hu[place], smooth[place]):
                yield ct.hu[place]


def _is_even(patch: Field, smooth: Field) -> bool:
    low, high = float(smooth.min()), float(smooth.max())
    is_tissue = _TISSUE_HU[0] < low and high < _TISSUE_HU[1] and float(patch.min()) > _LEAST_HU
    return is_tissue and high - low < _EVEN_HU


def _without_trend(patches: NDArray[np.float64]) -> NDArray[np.float64]:
    """``patches`` (patch, row, col) less the quadratic that fits each best."""
    size = patches.shape[1]
    y, x = np.mgrid[-1.0 : 1.0 : size * 1j, -1.0 : 1.0 : size * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y]).reshape(6, -1).T
    flat = patches.reshape(len(patches), -1)
    fitted = np.linalg.lstsq(terms, flat.T, rcond=None)[0]
    rest: NDArray[np.float64] = (flat - (terms @ fitted).T).reshape(patches.shape)
    return rest


def _radial(
    power: NDArray[np.float64], pixel_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean of ``power`` (row, col) over rings, from 1.2 a cm to the Nyquist frequency."""
    axis = np.fft.fftfreq(len(power), d=pixel_mm / 10.0)
    radius = np.hypot(axis[:, None], axis[None, :])
    ring = (radius / _BIN_PER_CM).astype(np.int64)
    n_rings = int(axis.max() / _BIN_PER_CM)
    inside = (ring < n_rings) & (radius > 0)
    count = np.bincount(ring[inside], minlength=n_rings)
    total = np.bincount(ring[inside], weights=power[inside], minlength=n_rings)
    known = (count > 0) & (np.arange(n_rings) >= round(_LEAST_PER_CM / _BIN_PER_CM))
    centres = (np.arange(n_rings, dtype=np.float64) + 0.5) * _BIN_PER_CM
    return centres[known], np.asarray(total[known] / count[known], np.float64)
