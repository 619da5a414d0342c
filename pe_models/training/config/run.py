"""TrainConfig: everything that a run depends on, as a frozen value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from pe_models.bundle import Attention, Preprocessing, SliceHead, preprocessing_from
from pe_models.errors import TrainingError
from pe_models.imaging.window import Window
from pe_models.training.config.stage import (
    Augmentation,
    CropConfig,
    Method,
    Schedule,
    StageConfig,
    VolumeConfig,
)


class SliceSampling(StrEnum):
    """Which slices a label-only slice stage sees."""

    BALANCED = "balanced"
    """Half of each batch shows PE."""
    EVERY = "every"
    """Every slice of every exam as often as the others."""


class SequenceLoss(StrEnum):
    """How the labels of an exam and those of its slices are weighed."""

    METRIC = "metric"
    """As the competition's metric weighs them."""
    XU2020 = "xu2020"
    """As its winner did: the slices' part is a mean over all slices of the batch."""


REFINER_STAGE: Final = StageConfig(
    steps=3000,
    batch_size=6,
    learning_rate=3e-3,
    warmup_steps=200,
    weight_decay=1e-3,
    clip_norm=1.0,
    checkpoint_every=250,
)
"""Where a preset sets no other."""

REFINER_WINDOW: Final = Window(900.0, 250.0)
"""-200 to 700 HU: one window, in which blood above 450 HU is told apart too."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A whole run. ``image_floor`` is the least share of positive images with which an exam's
    images enter the sequence loss; the metric has 0, which leaves negative exams out.
    ``image_gain`` multiplies that image loss. ``decoder_width`` is that of a dense ``slice_head``.

    Each of ``more_backbones`` makes a slice net and a sequence net more, and the scores are the
    mean of all. With ``out_of_fold`` of 2 or more the sequence net learns from what slice nets
    said of exams that they never saw: so many of them, each trained without one part of the
    patients. ``hub_start`` begins the timm backbones from their published ImageNet weights.
    With ``refiner_widths`` a Refiner of so many channels by level goes over a dense slice net's
    maps and the CT in ``refiner_window``.
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
    crops: CropConfig = field(default_factory=CropConfig)
    augmentation: Augmentation = field(default_factory=Augmentation)
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
    more_backbones: tuple[str, ...] = ()
    hub_start: bool = False
    slice_sampling: SliceSampling = SliceSampling.BALANCED
    out_of_fold: int = 0
    sequence_steps: int | None = None
    masks_padding: bool = True
    attention: Attention = Attention.CONTENT
    scales_features: bool = True
    sequence_loss: SequenceLoss = SequenceLoss.METRIC
    calibrates: bool = True
    refiner: StageConfig = REFINER_STAGE
    refiner_widths: tuple[int, ...] = ()
    refiner_window: Window = REFINER_WINDOW
    volumes: VolumeConfig = field(default_factory=VolumeConfig)

    def __post_init__(self) -> None:
        is_dense = self.slice_head is SliceHead.DENSE
        if self.refines and (not is_dense or self.more_backbones or self.out_of_fold):
            raise ValueError("a refiner is for one dense slice net, without out_of_fold")
        if not all(isinstance(width, int) and width > 0 for width in self.refiner_widths):
            raise ValueError("refiner_widths are whole numbers of 1 or more, as 16,32,48")
        if self.out_of_fold < 0 or self.out_of_fold == 1:
            raise ValueError("out_of_fold is 0, for none, or at least 2")
        if not self.masks_padding and self.sequence_steps is None:
            raise ValueError("padding that is not masked needs sequence_steps")
        if self.slice_head is SliceHead.DENSE and self.preprocessing.pixel_mm is None:
            raise ValueError("a dense slice net needs a fixed scale; set preprocessing.pixel_mm")

    @property
    def refines(self) -> bool:
        """Whether there is a Refiner."""
        return bool(self.refiner_widths)

    @property
    def n_members(self) -> int:
        """Slice nets, each with a sequence net."""
        return 1 + len(self.more_backbones)

    @property
    def head_width(self) -> int:
        """Channels of the decoder that the slice net has; a pooled one has none."""
        return self.decoder_width if self.slice_head is SliceHead.DENSE else 0

    def of_member(self, index: int) -> "TrainConfig":
        """The configuration of one slice net and its sequence net."""
        backbone = (self.slice_backbone, *self.more_backbones)[index]
        return replace(self, slice_backbone=backbone, more_backbones=())

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def config_from(record: Mapping[str, Any]) -> TrainConfig:
    """Inverse of ``to_dict``. Raises TrainingError for another record."""
    stages = ("localizer", "slice", "refiner", "sequence")
    filled = {"refiner": asdict(REFINER_STAGE), **record}
    window = record.get("refiner_window")
    try:
        return TrainConfig(
            **{
                **filled,
                **{name: _stage_from(filled[name]) for name in stages},
                "preprocessing": preprocessing_from(record["preprocessing"]),
                "slice_head": SliceHead(record.get("slice_head", SliceHead.POOLED)),
                "crops": CropConfig(**record.get("crops", {})),
                "volumes": VolumeConfig(**record.get("volumes", {})),
                "refiner_widths": tuple(int(n) for n in record.get("refiner_widths", ())),
                **({} if window is None else {"refiner_window": Window(**window)}),
                "augmentation": Augmentation(**record["augmentation"]),
                "more_backbones": tuple(record.get("more_backbones", ())),
                "slice_sampling": SliceSampling(
                    record.get("slice_sampling", SliceSampling.BALANCED)
                ),
                "attention": Attention(record.get("attention", Attention.CONTENT)),
                "sequence_loss": SequenceLoss(record.get("sequence_loss", SequenceLoss.METRIC)),
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"The run's configuration is not readable: {error}") from error


def _stage_from(record: Mapping[str, Any]) -> StageConfig:
    schedule = Schedule(record.get("schedule", Schedule.COSINE))
    method = Method(record.get("method", Method.ADAM))
    return StageConfig(**{**record, "schedule": schedule, "method": method})
