"""HeartCalibration: from a measured ratio to how sure it is; fitted on phantoms, kept in a bundle.

The logarithm of a true ratio is taken as normal about that of the measured one. Its standard
deviation grows with the study's own spread, and is widened until 95 % of intervals hold.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import erf, exp, log, sqrt
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.heart_findings import POSSIBLE_STRAIN_RATIO, STRAIN_RATIO, RatioRange

_95_PERCENT: Final = 1.96
_LEAST_STUDIES: Final = 20
_GAINS: Final = tuple(np.linspace(0.0, 2.0, 41).tolist())
_LEAST_SD: Final = 0.01


@dataclass(frozen=True, slots=True)
class RatioPair:
    """One study to fit on: measured and true widths in mm, and the measurement's spread."""

    rv_mm: float
    lv_mm: float
    true_rv_mm: float
    true_lv_mm: float
    spread: float


@dataclass(frozen=True, slots=True)
class HeartCalibration:
    """``rv_margin_mm`` and ``lv_margin_mm`` lengthen the lines, half at each end.

    A log ratio's standard deviation is the root of ``sd``^2 + (``gain`` * spread)^2. ``n_studies``
    were fitted on, those that ``fitted_on`` names.
    """

    rv_margin_mm: float
    lv_margin_mm: float
    sd: float
    gain: float
    n_studies: int
    fitted_on: str

    def __post_init__(self) -> None:
        values = (self.rv_margin_mm, self.lv_margin_mm, self.sd, self.gain)
        if not all(np.isfinite(values)) or self.sd <= 0.0 or self.gain < 0.0:
            raise ValueError(f"a calibration of the heart out of range: {self}")

    def range_of(self, ratio: float, spread: float) -> RatioRange:
        """How sure a ratio of the lengthened lines is."""
        sd = sqrt(self.sd**2 + (self.gain * spread) ** 2)
        away = exp(_95_PERCENT * sd)
        reaches = {
            mark: _normal_share((log(ratio) - log(mark)) / sd)
            for mark in (POSSIBLE_STRAIN_RATIO, STRAIN_RATIO)
        }
        return RatioRange(
            low=ratio / away,
            high=ratio * away,
            p_gte_0_9=reaches[POSSIBLE_STRAIN_RATIO],
            p_gte_1=reaches[STRAIN_RATIO],
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Self:
        """Inverse of ``to_dict``. Raises TypeError or ValueError for another record."""
        return cls(**record)


def fit_heart_calibration(pairs: Sequence[RatioPair], *, fitted_on: str) -> HeartCalibration:
    """Margins that leave no bias, and the likeliest ``sd`` and ``gain``, widened, of what remains.

    Raises DatasetError where there are too few studies.
    """
    if len(pairs) < _LEAST_STUDIES:
        raise DatasetError(
            f"The heart's calibration needs {_LEAST_STUDIES} studies whose ventricles were "
            f"measured; there are {len(pairs)}."
        )
    rv, lv, true_rv, true_lv, spread = (_column(pairs, name) for name in RatioPair.__slots__)
    rv_margin, lv_margin = float(np.mean(true_rv - rv)), float(np.mean(true_lv - lv))
    measured = (rv + rv_margin) / (lv + lv_margin)
    residual = np.log(measured) - np.log(true_rv / true_lv)
    sd, gain = _likeliest(residual, spread)
    wider = _widening(residual / np.hypot(sd, gain * spread))
    return HeartCalibration(rv_margin, lv_margin, sd * wider, gain * wider, len(pairs), fitted_on)


def _column(pairs: Sequence[RatioPair], name: str) -> NDArray[np.float64]:
    return np.array([getattr(pair, name) for pair in pairs], dtype=np.float64)


def _likeliest(residual: NDArray[np.float64], spread: NDArray[np.float64]) -> tuple[float, float]:
    """(sd, gain) under which normal residuals are likeliest, on a grid."""
    whole = max(_LEAST_SD, float(np.sqrt(np.mean(residual**2))))
    tried = [(sd, gain) for gain in _GAINS for sd in np.linspace(_LEAST_SD, whole, 40).tolist()]

    def cost(sd: float, gain: float) -> float:
        variance = sd**2 + (gain * spread) ** 2
        return float(np.mean(np.log(variance) + residual**2 / variance))

    return min(tried, key=lambda pair: cost(*pair))


def _widening(standardised: NDArray[np.float64]) -> float:
    """How much wider intervals must be to hold 95 % of such residuals, of new studies too.

    As split-conformal intervals are (Vovk, Gammerman & Shafer, 2005, ch. 4.6), where a normal law
    is too narrow; never narrower than that law.
    """
    n = len(standardised)
    rank = min(n, int(np.ceil(0.95 * (n + 1))))
    return max(1.0, float(np.sort(np.abs(standardised))[rank - 1]) / _95_PERCENT)


def _normal_share(z: float) -> float:
    """The share of a standard normal below ``z``."""
    return 0.5 * (1.0 + erf(z / sqrt(2.0)))
