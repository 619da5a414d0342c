"""Intracranial hemorrhage on head CT (RSNA 2019).

Labels and weights: Flanders et al., Radiology: Artificial Intelligence 2020,
10.1148/ryai.2020190211, and the competition's evaluation page: ``any`` weighs twice.
"""

from types import MappingProxyType
from typing import Final

from pe_models.imaging.volume import VolumeKind
from pe_models.imaging.window import Window
from pe_models.tasks.picture_input import PictureInput
from pe_models.tasks.task import AcceptedSeries, Sampling, Task

ANY: Final = "any"
SUBCATEGORIES: Final = (
    "epidural",
    "intraparenchymal",
    "intraventricular",
    "subarachnoid",
    "subdural",
)
BRAIN: Final = Window(80.0, 40.0)
SUBDURAL: Final = Window(200.0, 80.0)
BONE: Final = Window(2800.0, 600.0)

HEMORRHAGE: Final = Task(
    key="hemorrhage",
    title="Intracranial hemorrhage",
    labels=(*SUBCATEGORIES, ANY),
    weights=MappingProxyType({**dict.fromkeys(SUBCATEGORIES, 1 / 7), ANY: 2 / 7}),
    summary_label=ANY,
    accepts=AcceptedSeries(frozenset({"CT"}), VolumeKind.HU, needs_axial=True),
    picture=PictureInput(px=224, windows=(BRAIN, SUBDURAL, BONE), channels=3),
    sampling=Sampling.EQUAL_SUBCATEGORIES,
)
