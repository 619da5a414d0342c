"""The exam's RV/LV scores, from the ratio that was measured beside the sequence net's own view.

A sequence net learns the ratio of 1 from exam labels, of which there are few; the measured lines
know it. A rule weighs both. It needs exam labels alone, as those of RSNA-STR are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.calibration import net_logit, sigmoid
from pe_models.heart_findings import RightHeart
from pe_models.labels import EXAM_LABELS, RV_LV_GTE_1, RV_LV_LT_1

Floats = NDArray[np.float64]

_LEAST_SUM: Final = 1e-9


@dataclass(frozen=True, slots=True)
class StrainRule:
    """The logit of "1 or more, given that there is PE": a constant, and weights of the net's own
    logit and of that of the measured ratio's probability. ``fitted_on`` says on what, in words.
    """

    constant: float
    of_net: float
    of_ratio: float
    fitted_on: str

    def __post_init__(self) -> None:
        if not np.isfinite([self.constant, self.of_net, self.of_ratio]).all():
            raise ValueError(f"weights of strain that are no numbers: {self}")

    def applied(self, exam: Floats, heart: RightHeart | None) -> Floats:
        """Calibrated scores (label,) in the order of EXAM_LABELS: what the two labels of RV/LV
        hold together is dealt out anew. Unchanged where no ratio with a range was measured.
        """
        of_ratio = ratio_logit(heart)
        if of_ratio is None:
            return exam
        above, below = (EXAM_LABELS.index(label) for label in (RV_LV_GTE_1, RV_LV_LT_1))
        of_net = share_logit(exam[above], exam[below])
        share = float(sigmoid(self.constant + self.of_net * of_net + self.of_ratio * of_ratio))
        both, told = min(1.0, exam[above] + exam[below]), exam.copy()
        told[above], told[below] = both * share, both * (1.0 - share)
        return told

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of its fields as JSON. Raises KeyError, TypeError or ValueError."""
        return cls(**record)


def share_logit(above: float, below: float) -> float:
    """The logit of ``above``'s share of two scores of one net; 0 where both are 0."""
    both = above + below
    return net_logit(above / both) if both > _LEAST_SUM else 0.0


def ratio_logit(heart: RightHeart | None) -> float | None:
    """The logit of the probability that the ratio is 1 or more; None where it is not known."""
    if heart is None or heart.range is None:
        return None
    return net_logit(heart.range.p_gte_1)
