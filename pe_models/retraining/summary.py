"""DataSummary: what a retraining would learn from, in counts, and what stands in its way."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pe_models.consistency import violations
from pe_models.labels import EXAM_LABELS, NEGATIVE, RULES

LEAST_PATIENTS: Final = 3
"""Of each class: one to train on, one to calibrate on, one to compare on."""

_FEW_PATIENTS: Final = 20


class Labelled(Protocol):
    """A study with its labels: a record of a store, of a table, or one that is yet to be made.

    ``image_labels`` (slice,) are 0, 1 or NaN for unknown; empty while the slices are not made.
    """

    @property
    def group(self) -> str: ...

    @property
    def is_positive(self) -> bool: ...

    def image_labels(self) -> NDArray[np.float32]: ...

    def exam_labels(self) -> NDArray[np.float32]: ...


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
    with_pe = {study.group for study in studies if study.is_positive}
    without = {study.group for study in studies if _is_negative(study)}
    counts = (len(with_pe), len(without - with_pe))
    return DataSummary(
        n_studies=len(studies),
        n_patients=len({study.group for study in studies}),
        n_patients_with_pe=counts[0],
        n_patients_without_pe=counts[1],
        n_slices=len(every),
        n_slices_with_pe=int((every == 1).sum()),
        n_slices_unknown=int(np.isnan(every).sum()),
        problems=(*_missing(*counts), *_contradictions(studies)),
        notes=tuple(_notes(*counts, unknown=float(np.isnan(every).mean()) if len(every) else 0.0)),
        sources=sources,
    )


def _is_negative(study: Labelled) -> bool:
    """No PE on any known slice, and some slice known, or all yet to be made."""
    labels = study.image_labels()
    return not study.is_positive and (len(labels) == 0 or bool((labels == 0).any()))


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


def _notes(with_pe: int, without: int, *, unknown: float) -> Iterator[str]:
    if LEAST_PATIENTS <= min(with_pe, without) < _FEW_PATIENTS:
        yield "So few patients say little: the intervals of the comparison will be wide."
    if unknown > 0:
        yield f"{unknown:.0%} of the slices have no label; they have no part in the training."
