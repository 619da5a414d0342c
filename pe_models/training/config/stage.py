"""What one stage depends on: its steps, its rate, and how its samples are varied."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self


class Schedule(StrEnum):
    """How the rate falls after the warm-up."""

    COSINE = "cosine"
    """As a cosine, down to 1 %."""
    LINEAR = "linear"
    """Along a line, down to 0."""
    DECAY = "decay"
    """By a fifth after each epoch."""
    STAGES = "stages"
    """Four sevenths of the steps at the whole rate, two at a tenth, one at a fiftieth."""
    CONSTANT = "constant"
    """Not at all."""


class Method(StrEnum):
    """How gradients become steps."""

    ADAM = "adam"
    """AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101); without weight decay it is Adam."""
    SGD = "sgd"
    """Along the gradient, without momentum."""


@dataclass(frozen=True, slots=True)
class StageConfig:
    """One stage. The rate warms up over ``warmup_steps``, then falls by its ``schedule``.

    A backbone learns at ``backbone_share`` of the rate, so that a pretrained one is not washed out.
    ``clip_norm`` 0 clips no gradient, ``weight_decay`` 0 makes AdamW Adam.
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
    epochs: float = 0.0
    """Times that every sample is seen; where it is not 0, ``steps`` follows from it."""
    schedule: Schedule = Schedule.COSINE
    method: Method = Method.ADAM
    accumulate: int = 1
    """Parts of a batch that are computed one after the other, to save memory."""
    average_last: int = 0
    """The kept weights are the mean of so many last steps; 0 is the moving average."""
    patience: int = 0
    """Measurements in a row without a lower held-out loss, after which the stage ends and the
    best weights are kept; 0 goes on to the last step and keeps those.
    """

    def __post_init__(self) -> None:
        if min(self.steps, self.batch_size, self.checkpoint_every, self.accumulate) < 1:
            raise ValueError("steps, batch_size, checkpoint_every and accumulate must be 1 or more")
        if min(self.epochs, self.average_last, self.patience, self.clip_norm) < 0:
            raise ValueError("epochs, average_last, patience and clip_norm must not be negative")
        if self.patience and not self.measure_every:
            raise ValueError("patience needs measure_every")
        if not (self.learning_rate > 0 and 0 <= self.ema_decay < 1 and 0 <= self.dropout < 1):
            raise ValueError("learning_rate, ema_decay or dropout out of range")
        if not 0 <= self.backbone_share <= 1:
            raise ValueError("backbone_share must lie between 0 and 1")

    def over(self, n_samples: int) -> Self:
        """The same stage with the steps that its ``epochs`` over ``n_samples`` need."""
        if not self.epochs:
            return self
        return replace(self, steps=max(1, int(self.epochs * n_samples / self.batch_size)))


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How a training slice is varied. Never flipped: left and right are labels.

    ``shift`` and ``scale`` are shares of the crop's side; for the Localizer, which has to find the
    chest anywhere in the slice, shares of the slice's. Noise gets a random spectrum and a
    standard deviation between ``noise_low_hu`` and ``noise_high_hu``, after warping; 0 and 0 add
    none. ``cutouts`` squares of ``cutout_share`` of the side, as dark as the window's low end, hide
    what lies there, ``localizer_cutouts`` of them of a Localizer slice (DeVries and Taylor 2017,
    arXiv 1708.04552). The sequence net sees exams as if their slices lay between
    ``finest_slice_mm`` and their true distance apart; None shows them as they are.
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
    finest_slice_mm: float | None = 1.0
    cutouts: int = 0
    localizer_cutouts: int = 0
    cutout_share: float = 0.4


@dataclass(frozen=True, slots=True)
class VolumeConfig:
    """Blocks of ``slices`` by ``cells`` by ``cells`` that a Refiner learns from.

    Shares of them lie at clots and at mistakes, where the slice net sees a clot and there is none;
    the rest at arteries. What a structure reads about water is scaled by ``contrast``, a share;
    ``sureness_logit`` moves each of the slice net's maps as a whole.
    """

    slices: int = 16
    cells: int = 48
    at_clots: float = 0.45
    at_mistakes: float = 0.4
    contrast: float = 0.25
    brightness_hu: float = 36.0
    noise_hu: float = 27.0
    sureness_logit: float = 0.6

    def __post_init__(self) -> None:
        if min(self.slices, self.cells) < 4:
            raise ValueError("blocks have 4 slices and 4 cells a side or more")
        if min(self.at_clots, self.at_mistakes) < 0 or self.at_clots + self.at_mistakes > 1:
            raise ValueError("shares of blocks are not negative, and not over 1 together")


@dataclass(frozen=True, slots=True)
class CropConfig:
    """Crops of ``px`` that a dense slice net learns from, at the scale of its preprocessing.

    Shares lie at clots, arteries and lookalikes, the rest anywhere in the body. ``shift_px`` moves
    them off their middle, ``scale`` is a share. Structures move by up to ``vessel_shift_hu`` each;
    a share ``equal_vessels`` of crops has veins as bright as arteries. Noise as in Augmentation.
    ``at_mistakes`` lie where the bundle that the run begins with sees a clot and there is none.
    """

    px: int = 128
    at_clots: float = 0.3
    at_arteries: float = 0.2
    at_lookalikes: float = 0.15
    at_mistakes: float = 0.0
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
        shares = (self.at_clots, self.at_arteries, self.at_lookalikes, self.at_mistakes)
        if min(shares) < 0 or sum(shares) > 1:
            raise ValueError("the shares of crops at places of each kind are over 1 together")
        if not 0 <= self.shift_px < 0.5 * self.px:
            raise ValueError("shift_px must leave the middle of a crop in it")
