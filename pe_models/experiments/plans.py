"""What `pe-models task` trains, by task and preset."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from pe_models.bundle import PictureArchitecture
from pe_models.errors import InputError
from pe_models.tasks import HEMORRHAGE, PNEUMONIA
from pe_models.training.config.stage import StageConfig
from pe_models.training.pictures.config import AS_IT_IS, PictureConfig

_ORIGINAL: Final = StageConfig(
    steps=1, batch_size=32, learning_rate=1e-3, warmup_steps=0, weight_decay=0.0, clip_norm=0.0,
    average_last=1, epochs=5,
)  # fmt: skip
"""Adam at .001 for five epochs, the best weights by validation loss."""
_LAPTOP: Final = StageConfig(
    steps=1, batch_size=16, learning_rate=1e-3, warmup_steps=50, weight_decay=1e-2, ema_decay=0.99,
)  # fmt: skip
_SHIP: Final = replace(
    _LAPTOP, learning_rate=2e-3, warmup_steps=100, ema_decay=0.995, backbone_share=0.3
)
_TINY: Final = StageConfig(steps=6, batch_size=4, learning_rate=1e-3, warmup_steps=2)


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """Nets that are trained on one split and compared.

    Where no data are given, ``n_phantoms`` are made, as ``phantoms`` says. With ``is_calibrated``
    scores are made probabilities on the pictures to choose by.
    """

    nets: tuple[PictureConfig, ...]
    n_phantoms: int
    phantoms: Mapping[str, Any] = field(default_factory=dict)
    is_calibrated: bool = True

    @property
    def px(self) -> int:
        """The side of their input, the same for all."""
        return self.nets[0].px

    def __post_init__(self) -> None:
        if len({net.px for net in self.nets}) != 1:
            raise ValueError("the nets of one plan take pictures of one size")


def plan_for(task: str, preset: str) -> TaskPlan:
    """Raises InputError for a task without plans and for a preset that it has not."""
    if task not in PLANS:
        raise InputError(
            f"The task {task!r} is not trained on single pictures; {', '.join(PLANS)} are. "
            "`pe-models train` trains the nets for PE."
        )
    if preset not in PLANS[task]:
        raise InputError(f"There is no preset {preset!r}; there is {', '.join(PLANS[task])}.")
    return PLANS[task][preset]


def _pair(own: str, backbone: str, px: int, stage: StageConfig) -> tuple[PictureConfig, ...]:
    """Our own small net beside a timm backbone, on equal terms."""
    return tuple(
        PictureConfig(name, PictureArchitecture(name), px, stage) for name in (own, backbone)
    )


def _original(own: str, backbone: str) -> tuple[PictureConfig, ...]:
    """As the projects had them: one window, and the small net's pictures are not varied."""
    small, large = (replace(net, n_windows=1) for net in _pair(own, backbone, 224, _ORIGINAL))
    return replace(small, augmentation=AS_IT_IS), large


def _shipped(epochs: float) -> tuple[PictureConfig, ...]:
    """A small backbone that begins with the ImageNet weights that come with a package."""
    return (
        PictureConfig(
            "lite", PictureArchitecture("efficientnet_lite0"), 192, replace(_SHIP, epochs=epochs),
            channels=3, imagenet_start=True,
        ),
    )  # fmt: skip


_TINY_HEADS: Final = MappingProxyType({"matrix": 64, "n_slices": 6, "positive_fraction": 0.5})

PLANS: Final[Mapping[str, Mapping[str, TaskPlan]]] = MappingProxyType(
    {
        HEMORRHAGE.key: {
            "original": TaskPlan(_original("simple-cnn", "resnet18"), 400, is_calibrated=False),
            "laptop": TaskPlan(
                _pair("simple-cnn", "resnet18", 128, replace(_LAPTOP, epochs=3.5)),
                240,
                MappingProxyType({"matrix": 128, "positive_fraction": 0.6}),
            ),
            "ship": TaskPlan(_shipped(6), 300, MappingProxyType({"positive_fraction": 0.6})),
            "tiny": TaskPlan(_pair("simple-cnn", "test_resnet", 32, _TINY), 12, _TINY_HEADS),
        },
        PNEUMONIA.key: {
            "original": TaskPlan(_original("custom-cnn", "resnet18"), 2000, is_calibrated=False),
            "laptop": TaskPlan(
                _pair("custom-cnn", "resnet18", 96, replace(_LAPTOP, epochs=14)),
                1000,
                MappingProxyType({"px": 160}),
            ),
            "ship": TaskPlan(_shipped(12), 1000, MappingProxyType({"px": 256})),
            "tiny": TaskPlan(
                _pair("custom-cnn", "test_resnet", 32, _TINY), 24, MappingProxyType({"px": 128})
            ),
        },
    }
)
"""``original`` is as the projects had it, ``laptop`` for two cores, ``ship`` what we bundle."""
