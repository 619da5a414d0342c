"""PhantomTruth: what is known of a phantom, and its JSON as in the truth folder of a cohort."""

from dataclasses import dataclass
from typing import Any

from pe_models import labels
from pe_models.phantom.mimics import QUALITY_LABEL
from pe_models.phantom.spec import Mimic
from pe_models.phantom.ventricles import VentricleWidths


@dataclass(frozen=True, slots=True)
class Box:
    """Rows and columns, half-open: ``row_max`` and ``col_max`` are excluded."""

    row_min: int
    row_max: int
    col_min: int
    col_max: int

    def to_dict(self) -> dict[str, int]:
        return {
            "row_min": self.row_min,
            "row_max": self.row_max,
            "col_min": self.col_min,
            "col_max": self.col_max,
        }


@dataclass(frozen=True, slots=True)
class Embolus:
    """One embolus as its voxels say; ``slices`` are its first and last slice index, inclusive.

    ``complete`` means that it fills its vessel; otherwise contrast passes beside it. ``form`` is
    one of ``clot.Form``, ``hu`` what its substance reads apart from noise and partial volume.
    """

    center_slice_row_col: tuple[float, float, float]
    center_mm: tuple[float, float, float]
    volume_mm3: float
    level: str
    side: str
    acute: bool
    complete: bool
    form: str
    hu: float
    slices: tuple[int, int]

    def to_dict(self) -> dict[str, Any]:
        return {
            "center_slice_row_col": list(self.center_slice_row_col),
            "center_mm": list(self.center_mm),
            "volume_mm3": self.volume_mm3,
            "level": self.level,
            "side": self.side,
            "acute": self.acute,
            "complete": self.complete,
            "form": self.form,
            "hu": self.hu,
            "slices": list(self.slices),
        }


@dataclass(frozen=True, slots=True)
class Lookalike:
    """What is no embolus and may be taken for one; its kind and where its middle lies."""

    kind: str
    center_slice_row_col: tuple[float, float, float]
    center_mm: tuple[float, float, float]

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "center_slice_row_col": list(self.center_slice_row_col),
            "center_mm": list(self.center_mm),
        }


@dataclass(frozen=True, slots=True)
class PhantomTruth:
    """Exact truth of one phantom.

    ``lung_boxes`` has one box a slice, None where the slice holds no lung; ``lung_box`` is their
    union. ``noise_hu`` is the noise of soft tissue at mid-chest; ``is_padded`` means that only a
    circle is reconstructed. ``is_indeterminate`` means that a poor bolus or motion keeps it from
    being read.
    """

    generator_version: str
    seed: int
    kernel: str
    noise_hu: float
    is_padded: bool
    bolus_hu: dict[str, float]
    emboli: tuple[Embolus, ...]
    mimics: tuple[Mimic, ...]
    lookalikes: tuple[Lookalike, ...]
    ventricles: VentricleWidths
    lung_box: Box
    lung_boxes: tuple[Box | None, ...]
    positive_slices: tuple[int, ...]
    is_indeterminate: bool
    has_poor_bolus: bool

    @property
    def is_positive(self) -> bool:
        return bool(self.emboli)

    @property
    def exam_labels(self) -> dict[str, int]:
        """The nine scored labels and the four of quality; one of the 44 valid states."""
        states = dict.fromkeys((*labels.EXAM_LABELS, *labels.QUALITY_LABELS), 0)
        states.update({QUALITY_LABEL[m]: 1 for m in self.mimics if m in QUALITY_LABEL})
        states["qa_contrast"] = int(self.has_poor_bolus)
        if not self.is_positive:
            states[labels.INDETERMINATE if self.is_indeterminate else labels.NEGATIVE] = 1
            return states
        strained = self.ventricles.rv_lv_ratio >= 1.0
        states[labels.RV_LV_GTE_1 if strained else labels.RV_LV_LT_1] = 1
        acute = {embolus.acute for embolus in self.emboli}
        states[labels.CHRONIC] = int(acute == {False})
        states[labels.ACUTE_AND_CHRONIC] = int(acute == {True, False})
        states[labels.CENTRAL] = int(any(e.level == "central" for e in self.emboli))
        states[labels.LEFT] = int(any(e.side == "left" for e in self.emboli))
        states[labels.RIGHT] = int(any(e.side == "right" for e in self.emboli))
        return states

    def to_dict(self) -> dict[str, Any]:
        """The fields of ``truth/<StudyInstanceUID>.json``."""
        return {
            "generator_version": self.generator_version,
            "seed": self.seed,
            "kernel": self.kernel,
            "noise_hu": self.noise_hu,
            "is_padded": self.is_padded,
            "bolus_hu": self.bolus_hu,
            "emboli": [embolus.to_dict() for embolus in self.emboli],
            "mimics": [mimic.value for mimic in self.mimics],
            "lookalikes": [lookalike.to_dict() for lookalike in self.lookalikes],
            "rv_mm": self.ventricles.rv_mm,
            "lv_mm": self.ventricles.lv_mm,
            "rv_lv_ratio": self.ventricles.rv_lv_ratio,
            "lung_box": self.lung_box.to_dict(),
            "exam_labels": self.exam_labels,
        }
