"""Exam: what an examination is before its chest is built. Drawing a thousand takes a second."""

from dataclasses import dataclass
from typing import Final, Self

from pe_models.phantom.chance import stream
from pe_models.phantom.clot_plan import ClotPlan, draw_clot_plan, draw_rv_lv_ratio
from pe_models.phantom.spec import Mimic, PhantomSpec

POSITIVE_FRACTION: Final = 0.4
_POOR_BOLUS_SHARE: Final = 122 / 5068
"""Of the exams without PE in the RSNA-STR table: 78 % of the 157 that cannot be read."""
_SPOILT_BY_MOTION: Final = 35 / 44
"""The others that cannot be read, of the 63 x 5068 / 7279 exams without PE that show motion."""


@dataclass(frozen=True, slots=True)
class Exam:
    """Which emboli there shall be, () for none, how they strain, and whether it can be read."""

    plan: ClotPlan
    rv_lv_ratio: float
    is_indeterminate: bool
    has_poor_bolus: bool

    @property
    def is_positive(self) -> bool:
        return bool(self.plan)

    @classmethod
    def draw(cls, seed: int, spec: PhantomSpec, mimics: frozenset[Mimic]) -> Self:
        """What ``spec`` leaves open is as frequent as in the RSNA-STR table."""
        rng = stream(seed, "exam")
        drawn_positive = bool(rng.random() < POSITIVE_FRACTION)
        is_positive = drawn_positive if spec.is_positive is None else spec.is_positive
        is_poor = bool(rng.random() < _POOR_BOLUS_SHARE) and not is_positive
        is_poor = is_poor and spec.artery_hu is None
        plan = draw_clot_plan(seed, spec.levels) if is_positive else ()
        is_moved = Mimic.MOTION in mimics and not is_positive
        is_spoilt = is_moved and bool(rng.random() < _SPOILT_BY_MOTION)
        return cls(plan, draw_rv_lv_ratio(seed, plan), is_poor or is_spoilt, is_poor)
