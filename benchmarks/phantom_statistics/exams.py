"""Exams: how often labels occur, alone and together, beside the RSNA-STR table.

The counts are those of the 7,279 training studies (Colak et al. 2021, 10.1148/ryai.2021200254).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.phantom_statistics.figures import Share
from pe_models.phantom.clot_plan import ClotPlan
from pe_models.phantom.exam import Exam
from pe_models.phantom.mimics import draw_mimics
from pe_models.phantom.spec import Level, Mimic, PhantomSpec

N_STUDIES: Final = 7279
N_POSITIVE: Final = 2211
N_WITHOUT: Final = 4911 + 157


@dataclass(frozen=True, slots=True)
class DrawnExam:
    """What one seed's examination is to be, before anything is built."""

    exam: Exam
    mimics: frozenset[Mimic]


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often a label is set among the exams of a group, in RSNA-STR (``count`` of ``n``)."""

    name: str
    count: int
    n: int
    is_in_group: Callable[[DrawnExam], bool]
    is_set: Callable[[DrawnExam], bool]

    def found(self, drawn: Sequence[DrawnExam]) -> Share:
        group = [one for one in drawn if self.is_in_group(one)]
        return Share(sum(self.is_set(one) for one in group), len(group))


def draw_exams(first_seed: int, n: int) -> list[DrawnExam]:
    """The exams of ``n`` seeds with everything left to chance."""
    drawn = []
    for seed in range(first_seed, first_seed + n):
        mimics = draw_mimics(seed, None)
        drawn.append(DrawnExam(Exam.draw(seed, PhantomSpec(), mimics), mimics))
    return drawn


def _anyone(_drawn: DrawnExam) -> bool:
    return True


def _positive(drawn: DrawnExam) -> bool:
    return drawn.exam.is_positive


def _negative(drawn: DrawnExam) -> bool:
    return not drawn.exam.is_positive


def _has_mimic(mimic: Mimic) -> Callable[[DrawnExam], bool]:
    return lambda drawn: mimic in drawn.mimics


def sides_of(plan: ClotPlan) -> frozenset[str]:
    """Of right, left and central, those that a plan sets."""
    sides = {wanted.side for wanted in plan} & {"right", "left"}
    has_central = any(wanted.level is Level.CENTRAL for wanted in plan)
    return frozenset(side for side in sides if side) | ({"central"} if has_central else set())


def _has(*sides: str) -> Callable[[DrawnExam], bool]:
    return lambda drawn: set(sides) <= sides_of(drawn.exam.plan)


def _has_only(*sides: str) -> Callable[[DrawnExam], bool]:
    return lambda drawn: sides_of(drawn.exam.plan) == set(sides)


def _is_strained(drawn: DrawnExam) -> bool:
    return drawn.exam.rv_lv_ratio >= 1.0


_OF_POSITIVE: Final = (
    ("right", 1875, _has("right")),
    ("left", 1544, _has("left")),
    ("central", 401, _has("central")),
    ("right alone", 627, _has_only("right")),
    ("left alone", 317, _has_only("left")),
    ("right and left", 866, _has_only("right", "left")),
    ("all three", 346, _has_only("right", "left", "central")),
    ("right and central", 36, _has_only("right", "central")),
    ("left and central", 15, _has_only("left", "central")),
    ("central alone", 4, _has_only("central")),
    ("RV/LV >= 1", 940, _is_strained),
)

FREQUENCIES: Final = (
    *(Frequency(name, count, N_POSITIVE, _positive, is_set)
      for name, count, is_set in _OF_POSITIVE),
    Frequency("indeterminate, of exams without PE", 157, N_WITHOUT, _negative,
              lambda drawn: drawn.exam.is_indeterminate),
    Frequency("poor contrast, of exams without PE", 122, N_WITHOUT, _negative,
              lambda drawn: drawn.exam.has_poor_bolus),
    Frequency("flow artefact", 295, N_STUDIES, _anyone, _has_mimic(Mimic.FLOW_ARTIFACT)),
    Frequency("motion", 63, N_STUDIES, _anyone, _has_mimic(Mimic.MOTION)),
    Frequency("true filling defect, not PE", 57, N_STUDIES, _anyone,
              _has_mimic(Mimic.FILLING_DEFECT)),
)  # fmt: skip
"""Every label that is drawn with the exam; what is chronic shows only when clots are placed."""
