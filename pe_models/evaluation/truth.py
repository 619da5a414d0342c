"""StudyTruth: what is known of one study, from a prepared store or from a phantom.

JSON round trip, for a phantom's truth is kept beside its scores: making it again takes longer than
scoring it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.labels import EXAM_LABELS, LEFT, RIGHT
from pe_models.phantom.truth import PhantomTruth
from pe_models.training.store import Label, StudyRecord
from pe_models.training.store.classes import has_pe


@dataclass(frozen=True, slots=True)
class EmbolusTruth:
    """One embolus: slices inclusive; ``volume_mm3`` is None where it is unknown."""

    level: str
    side: str
    first: int
    last: int
    volume_mm3: float | None = None


@dataclass(frozen=True, slots=True)
class StudyTruth:
    """Labels of one study: ``image`` in slice order, ``exam`` by label; None is unknown.

    ``name`` tells studies apart and carries no UID: the key of a store, or the name of a phantom.
    ``emboli`` is None where they are not told one by one. ``traits`` are what the figures may be
    split by, such as the kernel. ``ventricles_mm`` are the true widths of right and left ventricle,
    None where they are unknown.
    """

    name: str
    image: tuple[Label, ...]
    exam: Mapping[str, Label]
    emboli: tuple[EmbolusTruth, ...] | None
    traits: Mapping[str, str]
    ventricles_mm: tuple[float, float] | None = None

    @property
    def has_pe(self) -> bool | None:
        """As slices or exam labels tell; None where neither do."""
        return has_pe(self.image, self.exam)

    @property
    def only_side(self) -> str | None:
        """``right`` or ``left`` where emboli lie on that side alone; None for any other exam."""
        right, left = self.exam[RIGHT], self.exam[LEFT]
        if {right, left} != {0, 1}:
            return None
        return "right" if right == 1 else "left"

    def image_labels(self) -> NDArray[np.float64]:
        """(slice,) 0, 1, or NaN for unknown."""
        return _numbers(self.image)

    def exam_labels(self) -> NDArray[np.float64]:
        """(label,) in the order of EXAM_LABELS: 0, 1, or NaN for unknown."""
        return _numbers(tuple(self.exam[label] for label in EXAM_LABELS))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of ``to_dict``. Raises KeyError or TypeError for another record."""
        emboli, ventricles = record["emboli"], record.get("ventricles_mm")
        return cls(
            name=record["name"],
            image=tuple(record["image"]),
            exam=record["exam"],
            emboli=None if emboli is None else tuple(EmbolusTruth(**e) for e in emboli),
            traits=record["traits"],
            ventricles_mm=None if ventricles is None else tuple(ventricles),
        )


def truth_of_record(study: StudyRecord) -> StudyTruth:
    """What a prepared store knows of one of its studies."""
    emboli = study.emboli
    return StudyTruth(
        name=study.key,
        image=study.image,
        exam=dict(study.exam),
        emboli=None
        if emboli is None
        else tuple(EmbolusTruth(e.level, e.side, e.first, e.last) for e in emboli),
        traits={},
        ventricles_mm=study.ventricles_mm,
    )


def truth_of_phantom(
    name: str, truth: PhantomTruth, *, n_slices: int, traits: Mapping[str, str]
) -> StudyTruth:
    """The truth of a phantom; its quality labels are no part of what a bundle scores."""
    positive = set(truth.positive_slices)
    return StudyTruth(
        name=name,
        image=tuple(int(k in positive) for k in range(n_slices)),
        exam={label: truth.exam_labels[label] for label in EXAM_LABELS},
        emboli=tuple(
            EmbolusTruth(e.level, e.side, e.slices[0], e.slices[1], e.volume_mm3)
            for e in truth.emboli
        ),
        traits=traits,
        ventricles_mm=(truth.ventricles.rv_mm, truth.ventricles.lv_mm),
    )


def _numbers(labels: tuple[Label, ...]) -> NDArray[np.float64]:
    return np.array([np.nan if label is None else label for label in labels], dtype=np.float64)
