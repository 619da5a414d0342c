"""The gate: whether a retrained bundle may take the place of the one in use.

A candidate passes where no figure of the rule is worse than that of the bundle in use by more than
its margin: on held-out studies of the training data, chosen before training, and on a fixed safety
cohort of phantoms that no training may see. The point estimates decide; the intervals stand beside
them, and where they are wider than the margin the words say how little so few studies tell.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from pe_models.evaluation.compare import Comparison
    from pe_models.evaluation.spread import Difference

SCHEMA_VERSION: Final = 1


class StudySet(StrEnum):
    """What a figure of the rule is measured on."""

    HELD_OUT = "held-out studies"
    SAFETY = "safety cohort"


@dataclass(frozen=True, slots=True)
class Criterion:
    """``figure`` may be worse by ``margin`` at most. Higher is better for every figure here."""

    studies: StudySet
    figure: str
    title: str
    margin: float
    is_primary: bool = False


RULE: Final = (
    Criterion(StudySet.HELD_OUT, "image_auc", "AUC of slices", 0.02, is_primary=True),
    Criterion(StudySet.SAFETY, "image_auc", "AUC of slices", 0.02),
    Criterion(StudySet.SAFETY, "exam.negative_exam_for_pe.auc", "AUC of exams", 0.05),
    Criterion(StudySet.SAFETY, "froc.sensitivity_at_1fp", "Emboli found at 1 false mark", 0.05),
)
"""The rule of this version. Margins are below what 95 % intervals of such sets resolve; they bound
the loss that is accepted, they do not prove that there is none."""


@dataclass(frozen=True, slots=True)
class Check:
    """One criterion as it was met. ``difference`` is candidate minus in use, with its interval."""

    criterion: Criterion
    in_use: float
    candidate: float
    difference: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        return self.difference >= -self.criterion.margin

    @property
    def is_unsure(self) -> bool:
        """Whether the interval reaches beyond the margin, to either side of it."""
        return self.low < -self.criterion.margin <= self.high


@dataclass(frozen=True, slots=True)
class GateDecision:
    """What the rule says of one candidate. ``problems`` forbid promotion on their own."""

    checks: tuple[Check, ...]
    problems: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        return not self.problems and all(check.holds for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema_version": SCHEMA_VERSION,
            "passes": self.passes,
            "checks": [asdict(check) for check in self.checks],
            "problems": list(self.problems),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of ``to_dict``. Raises KeyError, TypeError or ValueError for another record."""
        if record["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"a decision of schema version {record['schema_version']!r}")
        return cls(
            tuple(_check_from(entry) for entry in record["checks"]), tuple(record["problems"])
        )


def decide(
    comparisons: Mapping[StudySet, "Comparison"],
    newly_refused: Mapping[StudySet, int],
    rule: tuple[Criterion, ...] = RULE,
) -> GateDecision:
    """Comparisons have the bundle in use as A and the candidate as B.

    ``newly_refused`` counts the studies that the candidate refuses and the one in use does not.
    """
    checks: list[Check] = []
    problems = [*_refusal_words(newly_refused)]
    for criterion in rule:
        found = comparisons[criterion.studies].figures.get(criterion.figure)
        if found is not None:
            checks.append(_check(criterion, found))
        elif criterion.is_primary:
            problems.append(
                f"{criterion.title}, the primary figure, is not defined on the "
                f"{criterion.studies}: they need slices with PE and slices without."
            )
    return GateDecision(tuple(checks), tuple(problems))


def _refusal_words(newly_refused: Mapping[StudySet, int]) -> Iterator[str]:
    for studies, n in newly_refused.items():
        if n:
            yield f"The candidate refuses {n} of the {studies} that the bundle in use accepts."


def _check(criterion: Criterion, found: "Difference") -> Check:
    return Check(
        criterion,
        in_use=found.a.value,
        candidate=found.b.value,
        difference=found.b_minus_a.value,
        low=found.b_minus_a.low,
        high=found.b_minus_a.high,
    )


def _check_from(entry: Mapping[str, Any]) -> Check:
    criterion = dict(entry["criterion"])
    criterion["studies"] = StudySet(criterion["studies"])
    return Check(**{**entry, "criterion": Criterion(**criterion)})
