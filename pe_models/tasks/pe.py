"""Pulmonary embolism on CTPA (RSNA-STR 2020)."""

from types import MappingProxyType
from typing import Final

from pe_models.imaging.volume import VolumeKind
from pe_models.imaging.window import PE_WINDOW
from pe_models.labels import EXAM_LABELS, EXAM_WEIGHTS, IMAGE_LABEL, IMAGE_WEIGHT
from pe_models.tasks.picture_input import PictureInput
from pe_models.tasks.task import AcceptedSeries, ExamLabels, Sampling, Task

PE: Final = Task(
    key="pe",
    title="Pulmonary embolism",
    labels=(IMAGE_LABEL,),
    weights=MappingProxyType({IMAGE_LABEL: 1.0}),
    summary_label=IMAGE_LABEL,
    accepts=AcceptedSeries(frozenset({"CT"}), VolumeKind.HU, needs_axial=True),
    picture=PictureInput(px=256, windows=(PE_WINDOW,), channels=3),
    sampling=Sampling.EQUAL_CLASSES,
    exam=ExamLabels(EXAM_LABELS, MappingProxyType(EXAM_WEIGHTS), IMAGE_WEIGHT),
)
