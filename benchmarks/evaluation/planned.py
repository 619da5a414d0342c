"""What the studies of a cohort will hold, from their plans alone: nothing is painted.

A plan keeps only emboli that its slices show, so that levels, sides and chronicity are those of the
truth; it takes half a second a study, and painting it ten.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pe_models.phantom.clot import Clot
from pe_models.phantom.fixed_cohort import FixedStudy
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.spec import PhantomError
from pe_models.phantom.ventricles import measure_ventricles

_SIDES = ("right", "left", "central")


@dataclass(frozen=True, slots=True)
class PlannedStudy:
    """One study's plan; ``problem`` says why there is none."""

    seed: int
    n_slices: int
    emboli: tuple[Clot, ...]
    rv_lv_ratio: float
    is_indeterminate: bool
    problem: str = ""

    @property
    def sides(self) -> frozenset[str]:
        return frozenset(clot.side for clot in self.emboli)


def planned(studies: Iterable[FixedStudy]) -> list[PlannedStudy]:
    return [_planned(study) for study in studies]


def planned_table(plans: Sequence[PlannedStudy]) -> str:
    """Counts of emboli and of positive studies, as lines of a Markdown table."""
    positive = [plan for plan in plans if plan.emboli]
    emboli = [clot for plan in positive for clot in plan.emboli]
    slices = sorted(plan.n_slices for plan in plans if not plan.problem)
    rows = {
        "studies planned": len(slices),
        "slices: all; least, median, most of a study": (
            f"{sum(slices)}; {slices[0]}, {slices[len(slices) // 2]}, {slices[-1]}"
        ),
        "positive studies; not readable without PE": (
            f"{len(positive)}; {sum(plan.is_indeterminate for plan in plans if not plan.emboli)}"
        ),
        "emboli by level": _counted(clot.level.value for clot in emboli),
        "emboli by side": _counted(clot.side for clot in emboli),
        "emboli by form": _counted(clot.form.value for clot in emboli),
        "positive studies by sides": _counted(_sides_text(plan) for plan in positive),
        "positive studies with a central embolus": sum(
            any(clot.level.value == "central" for clot in plan.emboli) for plan in positive
        ),
        "positive studies: acute, chronic, both": _counted(_age(plan) for plan in positive),
        "RV/LV at least 1: with PE; without": (
            f"{sum(p.rv_lv_ratio >= 1 for p in positive)}; "
            f"{sum(p.rv_lv_ratio >= 1 for p in plans if not p.emboli and not p.problem)}"
        ),
    }
    problems = [f"| seed {plan.seed} | {plan.problem} |" for plan in plans if plan.problem]
    return "\n".join(
        ["| | |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows.items()), *problems]
    )


def _planned(study: FixedStudy) -> PlannedStudy:
    try:
        sampler = PhantomSampler.plan(study.seed, study.spec)
    except PhantomError as error:
        return PlannedStudy(study.seed, 0, (), 0.0, False, str(error))
    chest = sampler.chest
    ventricles = measure_ventricles(chest.scene.heart, chest.scene.habitus.scale)
    return PlannedStudy(
        study.seed,
        sampler.geometry.n_slices,
        chest.clots,
        ventricles.rv_lv_ratio,
        chest.is_indeterminate,
    )


def _counted(values: Iterable[str]) -> str:
    return ", ".join(f"{name} {n}" for name, n in Counter(values).most_common())


def _sides_text(plan: PlannedStudy) -> str:
    return " and ".join(side for side in _SIDES if side in plan.sides)


def _age(plan: PlannedStudy) -> str:
    is_acute = [clot.is_acute for clot in plan.emboli]
    if all(is_acute):
        return "acute"
    return "both" if any(is_acute) else "chronic"
