"""What `pe-models task` trains, by task and preset."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

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
    steps=1, batch_size=16, learning_rate=1e-3, warmup_steps=50, weight_decay=1e-2,
    ema_decay=0.99, epochs=12,
)  # fmt: skip
_SHIP: Final = StageConfig(
    steps=1, batch_size=16, learning_rate=2e-3, warmup_steps=100, weight_decay=1e-2,
    ema_decay=0.995, backbone_share=0.3, epochs=16,
)  # fmt: skip
_TINY: Final = StageConfig(steps=6, batch_size=4, learning_rate=1e-3, warmup_steps=2)


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """Nets that are trained on one split and compared; ``n_phantoms`` where no data are given."""

    nets: tuple[PictureConfig, ...]
    n_phantoms: int

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


def _net(
    name: str, net: str, px: int, stage: StageConfig, *, is_original: bool = False
) -> PictureConfig:
    architecture = PictureArchitecture(net)
    if is_original:
        return PictureConfig(name, architecture, px, stage, AS_IT_IS)
    return PictureConfig(name, architecture, px, stage)


def _plans(own: str, backbone: str) -> Mapping[str, TaskPlan]:
    """Our own small net beside a timm backbone, in every preset."""
    return MappingProxyType(
        {
            "original": TaskPlan(
                (
                    _net(own, own, 224, _ORIGINAL, is_original=True),
                    _net(backbone, backbone, 224, _ORIGINAL),
                ),
                n_phantoms=400,
            ),
            "laptop": TaskPlan(
                (_net(own, own, 128, _LAPTOP), _net(backbone, backbone, 128, _LAPTOP)),
                n_phantoms=160,
            ),
            "ship": TaskPlan((_net("lite", "lcnet_100", 192, _SHIP),), n_phantoms=400),
            "tiny": TaskPlan(
                (_net(own, own, 32, _TINY), _net("tiny", "test_resnet", 32, _TINY)),
                n_phantoms=8,
            ),
        }
    )


PLANS: Final[Mapping[str, Mapping[str, TaskPlan]]] = MappingProxyType(
    {
        HEMORRHAGE.key: _plans("simple-cnn", "resnet18"),
        PNEUMONIA.key: _plans("custom-cnn", "resnet18"),
    }
)
"""``original`` is as the projects had it, ``laptop`` for two cores, ``ship`` what we bundle."""
