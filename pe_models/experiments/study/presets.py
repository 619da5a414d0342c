"""The study at three sizes, and what each model's training depends on at one of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Final

from pe_models.bundle.pictures import PictureArchitecture
from pe_models.errors import InputError
from pe_models.experiments.study.models import StudyModel
from pe_models.training.config.stage import Method, Schedule, StageConfig
from pe_models.training.pictures.config import AS_IT_IS, Kept, PictureConfig
from pe_models.training.pictures.split import SplitBy

_RATE: Final = MappingProxyType({Method.ADAM: 1e-3, Method.SGD: 1e-2})
"""What Keras has unless told otherwise."""
_PUBLISHED_RATE: Final = 1e-4
"""Of published weights that go on learning."""


@dataclass(frozen=True, slots=True)
class PartCounts:
    """Slices to train on, to choose by and to measure on, of both classes together: even."""

    train: int
    validation: int
    test: int

    @property
    def parts(self) -> tuple[int, int, int]:
        return self.train, self.validation, self.test

    def scaled(self, share: float) -> "PartCounts":
        """That share of each, as many of either class, at least one."""
        return PartCounts(*(2 * max(1, int(share * part / 2)) for part in self.parts))


@dataclass(frozen=True, slots=True)
class PhantomSize:
    """Of the phantoms that a study may make for itself."""

    matrix: int
    n_slices: int


@dataclass(frozen=True, slots=True)
class StudyPreset:
    """``width`` is the small CNNs' share of their channels, ``epochs`` that of their epochs.

    The transfer models get ``transfer_epochs``, and ``backbones`` in place of their own;
    ``accumulate`` deals each batch of a small CNN into so many parts, to save memory, with the same
    gradients.
    """

    name: str
    px: int
    width: float
    counts: PartCounts
    phantoms: PhantomSize
    transfer_epochs: float = 10.0
    epochs: float = 1.0
    accumulate: int = 1
    backbones: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def net_of(self, model: StudyModel) -> str:
        return self.backbones.get(model.net, model.net)


ORIGINAL: Final = StudyPreset(
    "original", 256, 1.0, PartCounts(4200, 1800, 5000), PhantomSize(512, 120), accumulate=5
)
LAPTOP: Final = StudyPreset(
    "laptop", 96, 1 / 8, PartCounts(1400, 600, 1600), PhantomSize(160, 80), transfer_epochs=2.0
)
TINY: Final = StudyPreset(
    "tiny",
    32,
    1 / 16,
    PartCounts(24, 12, 16),
    PhantomSize(64, 24),
    transfer_epochs=1.0,
    epochs=0.2,
    backbones={"inception_v3": "test_efficientnet", "resnet50": "test_resnet"},
)
PRESETS: Final[Mapping[str, StudyPreset]] = MappingProxyType(
    {preset.name: preset for preset in (ORIGINAL, LAPTOP, TINY)}
)


def study_preset(name: str) -> StudyPreset:
    """Raises InputError that names the presets there are."""
    if name not in PRESETS:
        raise InputError(
            f"There is no preset {name!r} of the study; there is {', '.join(PRESETS)}."
        )
    return PRESETS[name]


def config_of(
    model: StudyModel, preset: StudyPreset, by: SplitBy, *, is_published: bool, seed: int
) -> PictureConfig:
    """How ``model`` is trained; ``is_published`` begins a backbone with published weights."""
    epochs = preset.transfer_epochs if model.is_transfer else model.epochs * preset.epochs
    stage = StageConfig(
        steps=1,
        epochs=epochs,
        batch_size=model.batch_size,
        learning_rate=_rate(model, is_published=is_published),
        warmup_steps=0,
        weight_decay=0.0,
        clip_norm=0.0,
        ema_decay=0.0,
        schedule=Schedule.CONSTANT,
        method=model.method,
        accumulate=1 if model.is_transfer else preset.accumulate,
        backbone_share=0.0 if model.is_frozen else 1.0,
    )
    width = 1.0 if model.is_transfer else preset.width
    return PictureConfig(
        name=f"{model.name}-by-{by}",
        architecture=PictureArchitecture(preset.net_of(model), width),
        px=preset.px,
        stage=stage,
        augmentation=AS_IT_IS,
        imagenet_start=is_published,
        kept=Kept.LAST,
        seed=seed,
    )


def _rate(model: StudyModel, *, is_published: bool) -> float:
    return _PUBLISHED_RATE if is_published and not model.is_frozen else _RATE[model.method]
