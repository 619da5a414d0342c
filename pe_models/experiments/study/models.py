"""The thirteen models of the study: ten small CNNs and three transfer models.

Of the ten the originals name the families (plain, Adam, batch, epochs, layers, increasing and
decreasing widths) and the last; what else is here is our choice, and docs/tasks says so.
"""

from dataclasses import dataclass
from typing import Final

from pe_models.training.config.stage import Method


@dataclass(frozen=True, slots=True)
class StudyModel:
    """``net`` is one of ours or a timm backbone; ``is_frozen`` leaves a backbone as published.

    ``epochs`` are those of a small CNN; how long transfer models learn is the preset's.
    """

    name: str
    net: str
    method: Method = Method.ADAM
    batch_size: int = 50
    epochs: int = 10
    is_transfer: bool = False
    is_frozen: bool = False


SMALL: Final = (
    StudyModel("vanilla", "cnn-even", method=Method.SGD),
    StudyModel("adam", "cnn-even"),
    StudyModel("small-batch", "cnn-even", batch_size=25),
    StudyModel("large-batch", "cnn-even", batch_size=100),
    StudyModel("short", "cnn-even", epochs=5),
    StudyModel("long", "cnn-even", epochs=20),
    StudyModel("shallow", "cnn-shallow"),
    StudyModel("increasing", "cnn-increasing"),
    StudyModel("decreasing", "cnn-decreasing"),
    StudyModel("final", "cnn-final"),
)
TRANSFER: Final = (
    StudyModel("inception-v3", "inception_v3", is_transfer=True),
    StudyModel("resnet50-frozen", "resnet50", is_transfer=True, is_frozen=True),
    StudyModel("resnet50-tuned", "resnet50", is_transfer=True),
)
MODELS: Final = (*SMALL, *TRANSFER)
