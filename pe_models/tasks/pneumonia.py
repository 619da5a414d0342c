"""Pneumonia on chest radiographs (RSNA 2018).

Labels: Shih et al., Radiology: Artificial Intelligence 2019, 10.1148/ryai.2019180041.
"""

from types import MappingProxyType
from typing import Final

from pe_models.imaging.volume import VolumeKind
from pe_models.tasks.picture_input import PictureInput
from pe_models.tasks.task import AcceptedSeries, Sampling, Task

PNEUMONIA_LABEL: Final = "pneumonia"

PNEUMONIA: Final = Task(
    key="pneumonia",
    title="Pneumonia",
    labels=(PNEUMONIA_LABEL,),
    weights=MappingProxyType({PNEUMONIA_LABEL: 1.0}),
    summary_label=PNEUMONIA_LABEL,
    accepts=AcceptedSeries(frozenset({"CR", "DX"}), VolumeKind.RAW, needs_axial=False),
    picture=PictureInput(px=224, channels=1),
    sampling=Sampling.EQUAL_CLASSES,
)
