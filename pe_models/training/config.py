"""TrainConfig: everything that a run depends on, as a frozen value, with presets."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any, Final

from pe_models.bundle import Preprocessing, SliceHead, preprocessing_from
from pe_models.errors import TrainingError


@dataclass(frozen=True, slots=True)
class StageConfig:
    """One stage. The rate warms up over ``warmup_steps``, then falls as a cosine to 1 %.

    A backbone learns at ``backbone_share`` of the rate, so that a pretrained one is not washed out.
    """

    steps: int
    batch_size: int
    learning_rate: float
    warmup_steps: int = 20
    weight_decay: float = 0.01
    clip_norm: float = 5.0
    ema_decay: float = 0.99
    dropout: float = 0.0
    backbone_share: float = 1.0
    checkpoint_every: int = 100
    measure_every: int = 0
    """Held-out figures every so many steps; 0 means at the end alone."""

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch_size < 1 or self.checkpoint_every < 1:
            raise ValueError("steps, batch_size and checkpoint_every must be 1 or more")
        if not (self.learning_rate > 0 and 0 <= self.ema_decay < 1 and 0 <= self.dropout < 1):
            raise ValueError("learning_rate, ema_decay or dropout out of range")
        if not 0 <= self.backbone_share <= 1:
            raise ValueError("backbone_share must lie between 0 and 1")


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How a training slice is varied. Never flipped: left and right are labels.

    ``shift`` and ``scale`` are shares of the crop's side; for the Localizer, which has to find the
    chest anywhere in the slice, shares of the slice's. Noise gets a random spectrum and a
    standard deviation between ``noise_low_hu`` and ``noise_high_hu``, after warping. The sequence
    net sees exams as if their slices lay between ``finest_slice_mm`` and their true distance apart.
    """

    shift: float = 0.08
    scale: float = 0.12
    rotation_degrees: float = 12.0
    localizer_shift: float = 0.15
    localizer_scale: float = 0.3
    contrast: float = 0.15
    brightness_hu: float = 30.0
    noise_low_hu: float = 3.0
    noise_high_hu: float = 45.0
    finest_slice_mm: float = 1.0


@dataclass(frozen=True, slots=True)
class CropConfig:
    """Crops of ``px`` that a dense slice net learns from, at the scale of its preprocessing.

    Shares lie at clots, arteries and lookalikes, the rest anywhere in the body. ``shift_px`` moves
    them off their middle, ``scale`` is a share. Structures move by up to ``vessel_shift_hu`` each;
    a share ``equal_vessels`` of crops has veins as bright as arteries. Noise as in Augmentation.
    """

    px: int = 128
    at_clots: float = 0.3
    at_arteries: float = 0.2
    at_lookalikes: float = 0.15
    rotation_degrees: float = 18.0
    scale: float = 0.15
    shift_px: float = 40.0
    vessel_shift_hu: float = 90.0
    equal_vessels: float = 0.25
    noise_low_hu: float = 3.0
    noise_high_hu: float = 45.0

    def __post_init__(self) -> None:
        if self.px < 32 or self.px % 32:
            raise ValueError(f"crops of {self.px} px; they are multiples of 32 px")
        shares = (self.at_clots, self.at_arteries, self.at_lookalikes)
        if min(shares) < 0 or sum(shares) > 1:
            raise ValueError("the shares of crops at clots, arteries and lookalikes are over 1")
        if not 0 <= self.shift_px < 0.5 * self.px:
            raise ValueError("shift_px must leave the middle of a crop in it")


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A whole run. ``image_floor`` is the least share of positive images with which an exam's
    images enter the sequence loss; the metric has 0, which leaves negative exams out.
    ``image_gain`` multiplies that image loss. ``decoder_width`` is that of a dense ``slice_head``.
    """

    preset: str
    localizer_backbone: str
    slice_backbone: str
    localizer: StageConfig
    slice: StageConfig
    sequence: StageConfig
    preprocessing: Preprocessing
    slice_head: SliceHead = SliceHead.POOLED
    decoder_width: int = 40
    crops: CropConfig = CropConfig()
    augmentation: Augmentation = Augmentation()
    bottleneck: int = 128
    hidden: int = 128
    imagenet_start: bool = True
    held_out_fraction: float = 0.2
    split: str = "default"
    is_final: bool = False
    seed: int = 1
    image_floor: float = 0.05
    image_gain: float = 4.0
    task: str = "pe"

    def __post_init__(self) -> None:
        if self.slice_head is SliceHead.DENSE and self.preprocessing.pixel_mm is None:
            raise ValueError("a dense slice net needs a fixed scale; set preprocessing.pixel_mm")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def config_from(record: Mapping[str, Any]) -> TrainConfig:
    """Inverse of ``to_dict``. Raises TrainingError for another record."""
    stages = ("localizer", "slice", "sequence")
    try:
        return TrainConfig(
            **{
                **record,
                **{name: StageConfig(**record[name]) for name in stages},
                "preprocessing": preprocessing_from(record["preprocessing"]),
                "slice_head": SliceHead(record.get("slice_head", SliceHead.POOLED)),
                "crops": CropConfig(**record.get("crops", {})),
                "augmentation": Augmentation(**record["augmentation"]),
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"The run's configuration is not readable: {error}") from error


SHIP: Final = TrainConfig(
    preset="ship",
    localizer_backbone="lcnet_050",
    slice_backbone="efficientnet_lite0",
    localizer=StageConfig(steps=1500, batch_size=16, learning_rate=2e-3, measure_every=250),
    slice=StageConfig(
        steps=9000,
        batch_size=12,
        learning_rate=2e-3,
        warmup_steps=100,
        weight_decay=1e-3,
        ema_decay=0.997,
        backbone_share=0.3,
        checkpoint_every=250,
    ),
    sequence=StageConfig(
        steps=600, batch_size=8, learning_rate=1e-3, weight_decay=0.1, dropout=0.4
    ),
    preprocessing=Preprocessing(localizer_px=128, pixel_mm=0.75),
    slice_head=SliceHead.DENSE,
    bottleneck=64,
    hidden=64,
)

_TINY_STAGE: Final = StageConfig(steps=3, batch_size=2, learning_rate=1e-3, checkpoint_every=2)

TINY: Final = TrainConfig(
    preset="tiny",
    localizer_backbone="test_efficientnet",
    slice_backbone="test_efficientnet",
    localizer=_TINY_STAGE,
    slice=_TINY_STAGE,
    sequence=_TINY_STAGE,
    preprocessing=Preprocessing(localizer_px=64, pixel_mm=4.0),
    slice_head=SliceHead.DENSE,
    decoder_width=8,
    crops=CropConfig(px=64, shift_px=16.0),
    bottleneck=16,
    hidden=8,
    held_out_fraction=0.34,
)

PRESETS: Final[Mapping[str, TrainConfig]] = {
    "ship": SHIP,
    "laptop": replace(
        SHIP,
        preset="laptop",
        slice=replace(SHIP.slice, steps=2000, batch_size=8),
        sequence=replace(SHIP.sequence, steps=300),
        preprocessing=replace(SHIP.preprocessing, pixel_mm=1.0),
        crops=CropConfig(px=96, shift_px=30.0),
    ),
    "tiny": TINY,
    "tiny-pooled": replace(
        TINY,
        preset="tiny-pooled",
        preprocessing=Preprocessing(input_px=64, localizer_px=64),
        slice_head=SliceHead.POOLED,
    ),
}
"""``ship`` is what we bundle, ``laptop`` a part of it, the tiny ones for tests."""


def preset(name: str) -> TrainConfig:
    if name not in PRESETS:
        raise TrainingError(f"There is no preset {name!r}; there is {', '.join(PRESETS)}.")
    return PRESETS[name]


def with_settings(config: TrainConfig, settings: Iterable[str]) -> TrainConfig:
    """``config`` with ``key=value`` settings; keys are dotted, as ``slice.steps``.

    Raises TrainingError for an unknown key or a value of another type.
    """
    for setting in settings:
        key, separator, text = setting.partition("=")
        if not separator:
            raise TrainingError(f"A setting is key=value; {setting!r} is not.")
        config = _with(config, key.split("."), text, key)
    return config


def _with(value: Any, path: list[str], text: str, key: str) -> Any:
    names = [item.name for item in fields(value)]
    if path[0] not in names:
        raise TrainingError(f"There is no setting {key!r}; at that place are {', '.join(names)}.")
    current = getattr(value, path[0])
    if is_dataclass(current) == (len(path) == 1):
        raise TrainingError(f"{key!r} is not a single setting.")
    try:
        new = _with(current, path[1:], text, key) if path[1:] else _parsed(text, current)
        return replace(value, **{path[0]: new})
    except ValueError as error:
        raise TrainingError(f"Setting {key}={text}: {error}") from error


def _parsed(text: str, current: object) -> object:
    """``text`` as the type that the setting has now; ``none`` and numbers where it has none."""
    if current is None or text == "none":
        return None if text == "none" else float(text)
    if isinstance(current, Enum):
        return type(current)(text)
    if isinstance(current, bool):
        if text not in ("true", "false"):
            raise ValueError("it is true or false")
        return text == "true"
    if isinstance(current, int | float):
        return type(current)(text)
    return text
