"""Task: a label set with its input, sampler, loss and measures; loads without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import RefusedError
from pe_models.imaging.study import Series
from pe_models.imaging.volume import VolumeKind, kind_of
from pe_models.tasks.picture_input import PictureInput


@dataclass(frozen=True, slots=True)
class AcceptedSeries:
    """Which Series a task takes, by what its headers state beyond doubt.

    Kernel, protocol and contrast tags decide nothing here: they are often wrong, and what they
    stand for is measured from pixels instead.
    """

    modalities: frozenset[str]
    volume_kind: VolumeKind
    needs_axial: bool

    def refusal(self, series: Series) -> str | None:
        """Why ``series`` is not taken, as a sentence for a reader; None where it is."""
        if series.modality not in self.modalities:
            wanted = " or ".join(sorted(self.modalities))
            return f"This series is {series.modality or 'of no stated modality'}, not {wanted}."
        if kind_of(series) is not self.volume_kind:
            wanted = {
                VolumeKind.HU: "are not Hounsfield units",
                VolumeKind.RAW: "are Hounsfield units, not those of a radiograph",
            }[self.volume_kind]
            return f"The values of this series {wanted}; choose another series."
        if self.needs_axial and not series.is_axial:
            return "This series is not axial; choose the axial series of the study."
        return None


class Sampling(StrEnum):
    """Which pictures training sees how often, by their labels."""

    EQUAL_CLASSES = "equal-classes"
    """As many with the summary label as without."""
    EQUAL_SUBCATEGORIES = "equal-subcategories"
    """As many of each label, and of none."""
    EVERY = "every"
    """Each picture as often as the others."""


@dataclass(frozen=True, slots=True)
class ExamLabels:
    """What is said of a whole examination; ``weights`` by label, as in the task's metric."""

    labels: tuple[str, ...]
    weights: Mapping[str, float]
    image_weight: float

    def __post_init__(self) -> None:
        if set(self.weights) != set(self.labels):
            raise ValueError("weights and exam labels differ")


@dataclass(frozen=True, slots=True)
class Task:
    """What is said of one slice or radiograph, of what input, and how it is learnt and measured.

    ``labels`` are in the order of every array ``[..., label]``, ``weights`` theirs in the loss and
    in the log loss that measures them; they sum to 1. ``summary_label`` says whether there is
    anything at all. ``exam`` is None where a picture is judged for itself.
    """

    key: str
    title: str
    labels: tuple[str, ...]
    weights: Mapping[str, float]
    summary_label: str
    accepts: AcceptedSeries
    picture: PictureInput
    sampling: Sampling
    exam: ExamLabels | None = None

    def __post_init__(self) -> None:
        if set(self.weights) != set(self.labels):
            raise ValueError(f"task {self.key}: weights and labels differ")
        if self.summary_label not in self.labels:
            raise ValueError(f"task {self.key}: no label {self.summary_label}")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The labels that name what there is: all, or all but the summary of them."""
        others = tuple(label for label in self.labels if label != self.summary_label)
        return others or self.labels

    def label_weights(self) -> NDArray[np.float32]:
        """(label,), summing to 1."""
        return np.array([self.weights[label] for label in self.labels], dtype=np.float32)

    def require(self, series: Series) -> None:
        """Raises RefusedError, with its reason, for a Series that this task does not take."""
        reason = self.accepts.refusal(series)
        if reason is not None:
            raise RefusedError(reason)
