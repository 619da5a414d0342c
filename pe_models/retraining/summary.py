"""DataSummary: what a retraining would learn from, in counts, and what stands in its way."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np

from pe_models.consistency import violations
from pe_models.labels import EXAM_LABELS, NEGATIVE, RULES
from pe_models.training.store.classes import Labelled, PatientClass, class_of, patients_of

LEAST_PATIENTS: Final = 3
"""Of each class: one to train on, one to calibrate on, one to compare on."""
COMPARED_SHARE: Final = 0.25
"""Of the patients of each class; they are chosen before training and never trained on."""

_FEW_PATIENTS: Final = 20


@dataclass(frozen=True, slots=True)
class DataSummary:
    """Counts of studies, patients and slices; ``problems`` forbid a training, ``notes`` do not."""

    n_studies: int
    n_patients: int
    n_patients_with_pe: int
    n_patients_without_pe: int
    n_slices: int
    n_slices_with_pe: int
    n_slices_unknown: int
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sources: dict[str, int] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def summarise(studies: Sequence[Labelled], sources: dict[str, int]) -> DataSummary:
    """``sources`` counts the studies by where they come from."""
    image = [study.image_labels() for study in studies]
    every = np.concatenate(image) if image else np.zeros(0)
    classes = Counter(class_of(own) for own in patients_of(studies).values())
    counts = (classes[PatientClass.WITH_PE], classes[PatientClass.WITHOUT_PE])
    return DataSummary(
        n_studies=len(studies),
        n_patients=classes.total(),
        n_patients_with_pe=counts[0],
        n_patients_without_pe=counts[1],
        n_slices=len(every),
        n_slices_with_pe=int((every == 1).sum()),
        n_slices_unknown=int(np.isnan(every).sum()),
        problems=(*_missing(*counts), *_contradictions(studies)),
        notes=tuple(_notes(classes, float(np.isnan(every).mean()) if len(every) else 0.0)),
        sources=sources,
    )


def _missing(with_pe: int, without: int) -> Iterator[str]:
    if min(with_pe, without) < LEAST_PATIENTS:
        yield (
            f"{LEAST_PATIENTS} patients with PE and {LEAST_PATIENTS} without are the least, to "
            f"train, to calibrate and to compare on; there are {with_pe} and {without}."
        )


def _contradictions(studies: Sequence[Labelled]) -> Iterator[str]:
    """How many studies have labels that break a rule."""
    broken: dict[str, int] = {}
    for study in studies:
        for rule in _broken_rules(study):
            broken[rule] = broken.get(rule, 0) + 1
    for rule, n in broken.items():
        yield f"The labels of {n} studies contradict rule {rule}: {RULES[rule]}"


def _broken_rules(study: Labelled) -> tuple[str, ...]:
    """Where some labels are unknown, only that a positive exam is not called negative."""
    exam, image = study.exam_labels(), study.image_labels()
    if len(image) and not (np.isnan(exam).any() or np.isnan(image).any()):
        return violations(exam, image)
    is_called_negative = exam[EXAM_LABELS.index(NEGATIVE)] == 1
    return ("1d",) if study.is_positive and is_called_negative else ()


def _notes(classes: Counter[PatientClass], unknown: float) -> Iterator[str]:
    fewest = min(classes[PatientClass.WITH_PE], classes[PatientClass.WITHOUT_PE])
    if LEAST_PATIENTS <= fewest < _FEW_PATIENTS:
        yield "So few patients say little: the intervals of the comparison will be wide."
    if classes[PatientClass.UNTOLD]:
        yield (
            f"{classes[PatientClass.UNTOLD]} patients count neither as with PE nor as without: "
            "their slices do not tell."
        )
    if unknown > 0:
        yield f"{unknown:.0%} of the slices have no label; they have no part in the training."
