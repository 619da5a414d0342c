"""The study measured: every model by both splits, here and at other prevalences, and the choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.experiments.figures import THRESHOLD
from pe_models.experiments.study.carrying_out import Outcomes, StudyRun
from pe_models.experiments.study.models import StudyModel
from pe_models.experiments.study.outcome import Outcome
from pe_models.experiments.study.presets import PartCounts
from pe_models.metrics import Calls, PrevalentCalls, Share, at_prevalence, calls
from pe_models.training.pictures.split import SplitBy

RSNA_STR_PREVALENCE: Final = 0.054
"""Of the images of the RSNA-STR training set (Colak et al. 2021, 10.1148/ryai.2021200254)."""
CHANCE: Final = 0.5
"""Accuracy, of both classes alike, of whoever calls everything the same."""

FIGURE_WORDS: Final = MappingProxyType(
    {"accuracy": "accuracy", "recall": "recall", "precision": "precision", "f1": "F1"}
)
"""FIGURES as people read them."""


@dataclass(frozen=True, slots=True)
class Prevalence:
    """A share of slices with PE, and whose."""

    whose: str
    value: float


@dataclass(frozen=True, slots=True)
class ModelResult:
    """One model by one split; ``elsewhere`` is ``test`` at each of the study's prevalences."""

    model: StudyModel
    net: str
    by: SplitBy
    start: str
    n_parameters: int
    seconds: float
    validation: Calls
    test: Calls
    elsewhere: tuple[PrevalentCalls, ...]

    @property
    def tells_apart(self) -> bool:
        """Whether it does better than chance on the slices to choose by, for all we know."""
        return self.validation.accuracy.interval[0] > CHANCE

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model.name,
            "net": self.net,
            "split_by": self.by,
            "start": self.start,
            "method": self.model.method,
            "batch_size": self.model.batch_size,
            "n_parameters": self.n_parameters,
            "training_seconds": self.seconds,
            "validation": self.validation.to_dict(),
            "test": self.test.to_dict(),
            "at_prevalence": [
                {"prevalence": found.prevalence, **found.to_dict()} for found in self.elsewhere
            ],
        }


@dataclass(frozen=True, slots=True)
class StudyResult:
    """Everything that tables and figures say. ``chosen`` is a model's name by split, or None where
    none tells the classes apart; ``n_unread`` slices could not be read.
    """

    preset: str
    px: int
    described: str
    is_phantom: bool
    counts: PartCounts
    wanted: PartCounts
    n_patients: Mapping[SplitBy, tuple[int, ...]]
    prevalences: tuple[Prevalence, ...]
    models: tuple[ModelResult, ...]
    skipped: Mapping[str, str]
    chosen: Mapping[SplitBy, str | None]
    n_unread: int

    def of(self, by: SplitBy) -> tuple[ModelResult, ...]:
        return tuple(result for result in self.models if result.by is by)


def measure(run: StudyRun, outcomes: Outcomes) -> StudyResult:
    """Figures of the slices to measure on, at a threshold of one half."""
    prevalences = (
        Prevalence("RSNA-STR", RSNA_STR_PREVALENCE),
        Prevalence("these data", outcomes.drawing.prevalence),
    )
    results = tuple(
        _result(run, model, by, outcome=outcome, outcomes=outcomes, prevalences=prevalences)
        for (model, by), outcome in outcomes.models.items()
    )
    patients = outcomes.arrays.table.patients
    return StudyResult(
        preset=run.preset.name,
        px=run.preset.px,
        described=run.data.described,
        is_phantom=run.data.is_phantom,
        counts=outcomes.drawing.counts,
        wanted=run.preset.counts,
        n_patients={
            by: tuple(np.unique(patients[part]).size for part in parts)
            for by, split in outcomes.splits.items()
            for parts in [(split.train, split.validation, split.test)]
        },
        prevalences=prevalences,
        models=results,
        skipped=outcomes.skipped,
        chosen={by: _chosen([r for r in results if r.by is by]) for by in SplitBy},
        n_unread=len(outcomes.drawing.table) - len(outcomes.arrays.table),
    )


def always_negative(prevalence: float) -> Mapping[str, float | None]:
    """The figures, by name, of whoever calls every slice negative."""
    return {"accuracy": 1.0 - prevalence, "recall": 0.0, "precision": None, "f1": 0.0}


def always_positive(prevalence: float) -> Mapping[str, float | None]:
    """The figures, by name, of whoever calls every slice positive."""
    f1 = 2.0 * prevalence / (1.0 + prevalence)
    return {"accuracy": prevalence, "recall": 1.0, "precision": prevalence, "f1": f1}


BASELINES: Final = MappingProxyType(
    {"always negative": always_negative, "always positive": always_positive}
)
"""What needs no slice, by name."""


def _result(
    run: StudyRun,
    model: StudyModel,
    by: SplitBy,
    *,
    outcome: Outcome,
    outcomes: Outcomes,
    prevalences: Sequence[Prevalence],
) -> ModelResult:
    split = outcomes.splits[by]
    test = _calls(outcomes, split.test, outcome.test)
    return ModelResult(
        model=model,
        net=run.preset.net_of(model),
        by=by,
        start=outcome.start,
        n_parameters=outcome.n_parameters,
        seconds=outcome.seconds,
        validation=_calls(outcomes, split.validation, outcome.validation),
        test=test,
        elsewhere=tuple(at_prevalence(test.point, found.value) for found in prevalences),
    )


def _calls(outcomes: Outcomes, part: NDArray[np.intp], scores: NDArray[np.float32]) -> Calls:
    """Slices of one patient count as one cluster."""
    table = outcomes.arrays.table
    return calls(table.labels[part, 0], scores, THRESHOLD, clusters=table.patients[part])


def _chosen(results: Sequence[ModelResult]) -> str | None:
    """By recall, as the originals chose, among those that tell the classes apart: whoever calls
    everything positive has a recall of 1. Equal ones by F1.
    """
    able = [result for result in results if result.tells_apart]
    if not able:
        return None
    best = max(able, key=lambda r: (_plain(r.validation.recall), _plain(r.validation.f1)))
    return best.model.name


def _plain(share: Share) -> float:
    return -1.0 if share.value is None else share.value
