"""What the store says of a study beside its pixels, and how that is kept as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.findings import Crop
from pe_models.labels import EXAM_LABELS
from pe_models.training.store.classes import Label, has_pe

SCHEMA_VERSION: Final = 2
READABLE_VERSIONS: Final = (1, SCHEMA_VERSION)
"""Version 1 has no label arrays, and whole slices alone."""

Box = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax, normalised to [0, 1]."""


@dataclass(frozen=True, slots=True)
class Embolus:
    """Truth of a phantom's embolus: its level, its side and its slices, inclusive."""

    level: str
    side: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class LookalikePlace:
    """What may be taken for a clot and is none: its kind, and the voxel of its middle."""

    kind: str
    slice_row_col: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """All but the pixels of one prepared study.

    ``group`` is a hash of the patient, keyed by the store's salt: equal for equal patients, and
    nothing else. A phantom made without DICOM is a patient of its own, by its ``key``.
    ``image`` and ``sop_uids`` are in slice order; ``boxes`` by slice index, from ``box_source``,
    as shares of whole slices. ``lung_slices`` are the first and last that hold lung. ``sha256`` is
    that of the array's file, ``source`` that of what it was made from. ``labels_sha256`` is None
    where the tissues are not known. ``kept`` says which part of slices of ``whole_px`` rows and
    columns the arrays hold; None is all of it, and otherwise ``whole_slices`` are kept whole too.
    ``lookalikes`` are voxels of the array. ``generator`` made it, with its version; "" where it is
    no phantom, or where that was not kept. ``ventricles_mm`` are the true widths of right and left
    ventricle; None where they are not known. ``lung_box`` is that of the segmented lungs on whole
    slices; None where there are none, or the store is older than it.
    """

    key: str
    study_uid: str
    series_uid: str
    group: str
    sop_uids: tuple[str, ...]
    image: tuple[Label, ...]
    exam: Mapping[str, Label]
    boxes: Mapping[int, Box]
    box_source: str
    lung_slices: tuple[int, int] | None
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    emboli: tuple[Embolus, ...] | None
    sha256: str
    source: str
    labels_sha256: str | None = None
    lookalikes: tuple[LookalikePlace, ...] = ()
    kept: Crop | None = None
    whole_px: tuple[int, int] | None = None
    whole_slices: tuple[int, ...] = ()
    generator: str = ""
    ventricles_mm: tuple[float, float] | None = None
    lung_box: Crop | None = None

    @property
    def is_salted(self) -> bool:
        """Whether another store knows the patient by the same salt alone."""
        return self.group != self.key

    @property
    def has_labels(self) -> bool:
        """Whether each voxel's tissue is known."""
        return self.labels_sha256 is not None

    @property
    def slice_px(self) -> tuple[int, int]:
        """Rows and columns of a whole slice."""
        return self.whole_px or self.shape[1:]

    def within_array(self, crop: Crop) -> Crop:
        """A crop of whole slices as one of the array; what the array does not hold is cut off."""
        kept = self.kept
        if kept is None:
            return crop
        _, rows, cols = self.shape
        row_min, row_max = _moved(crop.row_min, crop.row_max, kept.row_min, rows)
        col_min, col_max = _moved(crop.col_min, crop.col_max, kept.col_min, cols)
        return Crop(row_min, row_max, col_min, col_max)

    @property
    def n_slices(self) -> int:
        return self.shape[0]

    @property
    def is_positive(self) -> bool:
        """Whether any image is known to show PE."""
        return 1 in self.image

    @property
    def has_pe(self) -> bool | None:
        """As slices or exam labels tell; None where neither do."""
        return has_pe(self.image, self.exam)

    def image_labels(self) -> NDArray[np.float32]:
        """(slice,) 0, 1, or NaN for unknown."""
        return np.array([np.nan if v is None else v for v in self.image], dtype=np.float32)

    def exam_labels(self) -> NDArray[np.float32]:
        """(label,) in the order of EXAM_LABELS: 0, 1, or NaN for unknown."""
        values = [self.exam[label] for label in EXAM_LABELS]
        return np.array([np.nan if v is None else v for v in values], dtype=np.float32)

    def to_dict(self) -> dict[str, Any]:
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "StudyRecord":
        """Inverse of ``to_dict``. Raises KeyError, TypeError or ValueError for another record."""
        if record["schema_version"] not in READABLE_VERSIONS:
            raise ValueError(f"a study of schema version {record['schema_version']!r}")
        lungs, emboli = record["lung_slices"], record["emboli"]
        kept, whole_px = record.get("kept"), record.get("whole_px")
        ventricles, lung_box = record.get("ventricles_mm"), record.get("lung_box")
        rest = {k: v for k, v in record.items() if k != "schema_version"}
        return cls(
            **{
                **rest,
                "sop_uids": tuple(record["sop_uids"]),
                "image": tuple(record["image"]),
                "boxes": {int(index): tuple(box) for index, box in record["boxes"].items()},
                "lung_slices": None if lungs is None else tuple(lungs),
                "shape": tuple(record["shape"]),
                "spacing_mm": tuple(record["spacing_mm"]),
                "emboli": None if emboli is None else tuple(Embolus(**e) for e in emboli),
                "lookalikes": tuple(
                    LookalikePlace(look["kind"], tuple(look["slice_row_col"]))
                    for look in record.get("lookalikes", ())
                ),
                "kept": None if kept is None else Crop(**kept),
                "whole_px": None if whole_px is None else tuple(whole_px),
                "whole_slices": tuple(record.get("whole_slices", ())),
                "ventricles_mm": None if ventricles is None else tuple(ventricles),
                "lung_box": None if lung_box is None else Crop(**lung_box),
            }
        )


@dataclass(frozen=True, slots=True)
class FailedStudy:
    """A study that could not be prepared, named by the end of its UID, and why."""

    study: str
    reason: str
    key: str = ""
    """Of the study in the store; "" in a store of an earlier version."""


def _moved(first: int, end: int, origin: int, length: int) -> tuple[int, int]:
    start = min(max(first - origin, 0), length - 1)
    return start, min(max(end - origin, start + 1), length)
