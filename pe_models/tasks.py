"""Task: a label set with its input, sampler, loss and measures.

Sampler, loss and measures are named by key and looked up by training, so that this module loads
without torch. ``pe`` is the first task, and the only one so far.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pe_models.errors import InputError, RefusedError
from pe_models.imaging.study import Series
from pe_models.imaging.volume import VolumeKind, kind_of
from pe_models.labels import EXAM_LABELS, EXAM_WEIGHTS, IMAGE_LABEL, IMAGE_WEIGHT

DEFAULT_TASK: Final = "pe"


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
            return "The values of this series are not Hounsfield units; choose another series."
        if self.needs_axial and not series.is_axial:
            return "This series is not axial; choose the axial series of the study."
        return None


@dataclass(frozen=True, slots=True)
class Task:
    """A label set with its input and the keys of what training uses for it.

    ``image_label`` is the label of single slices, ``exam_labels`` those of the whole examination,
    in the order of every array ``[..., label]``; the weights are those of the task's metric.
    """

    key: str
    title: str
    image_label: str
    exam_labels: tuple[str, ...]
    image_weight: float
    exam_weights: Mapping[str, float]
    accepts: AcceptedSeries
    sampler_key: str
    loss_key: str
    measure_keys: tuple[str, ...]

    def __post_init__(self) -> None:
        if set(self.exam_weights) != set(self.exam_labels):
            raise ValueError(f"task {self.key}: weights and exam labels differ")

    def require(self, series: Series) -> None:
        """Raises RefusedError, with its reason, for a Series that this task does not take."""
        reason = self.accepts.refusal(series)
        if reason is not None:
            raise RefusedError(reason)


PE: Final = Task(
    key="pe",
    title="Pulmonary embolism",
    image_label=IMAGE_LABEL,
    exam_labels=EXAM_LABELS,
    image_weight=IMAGE_WEIGHT,
    exam_weights=MappingProxyType(EXAM_WEIGHTS),
    accepts=AcceptedSeries(frozenset({"CT"}), VolumeKind.HU, needs_axial=True),
    sampler_key="balanced_slices",
    loss_key="rsna_str",
    measure_keys=("rsna_str", "image_auc", "exam_auc", "exam_auc_within_positive", "ece", "froc"),
)

TASKS: Final[Mapping[str, Task]] = MappingProxyType({task.key: task for task in (PE,)})
"""Every task by its key."""


def task_for(key: str) -> Task:
    """The task of that key. Raises InputError that names the tasks there are."""
    if key not in TASKS:
        raise InputError(f"There is no task {key!r}; there is {', '.join(TASKS)}.")
    return TASKS[key]
