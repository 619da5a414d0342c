"""PictureConfig: everything that the training of one picture net depends on."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

from pe_models.bundle.pictures import PictureArchitecture
from pe_models.training.config.stage import Augmentation, StageConfig

AS_IT_IS: Final = Augmentation(
    shift=0.0, scale=0.0, rotation_degrees=0.0, contrast=0.0, brightness_hu=0.0,
    noise_low_hu=0.0, noise_high_hu=0.0,
)  # fmt: skip
"""No picture is varied."""
GENTLE: Final = Augmentation(
    shift=0.05, scale=0.1, rotation_degrees=8.0, contrast=0.15, brightness_hu=0.0,
    noise_low_hu=0.0, noise_high_hu=0.0,
)  # fmt: skip
"""As another pose or exposure would have it; never flipped, as left and right differ."""
MEASURED_PICTURES: Final = 2000
"""So many of those to choose by are scored at most while a net is trained."""


class Kept(StrEnum):
    """Which weights a training gives."""

    BEST = "best"
    """Those with the least loss on the pictures to choose by, measured after each epoch."""
    LAST = "last"
    """Those of the last step."""


@dataclass(frozen=True, slots=True)
class PictureConfig:
    """``name`` is what tables call it, ``px`` the side of its input; ``imagenet_start`` asks for
    published weights of a timm backbone. ``channels`` are those of the task where it is 0; of the
    task's windows the first ``n_windows`` are taken, all where it is 0, and a single one fills all
    channels.
    """

    name: str
    architecture: PictureArchitecture
    px: int
    stage: StageConfig
    augmentation: Augmentation = field(default_factory=lambda: GENTLE)
    imagenet_start: bool = False
    channels: int = 0
    n_windows: int = 0
    kept: Kept = Kept.BEST
    seed: int = 1

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
