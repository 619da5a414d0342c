"""What is mended in the winner's recipe, each with the settings that bring the weakness back.

The letters are those of ``docs/rsna.md``. A mend is measured on a small net that two cores train in
minutes: the recipe of preset ``best``, with one backbone and the start that comes as a package.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from pe_models.bundle import Preprocessing
from pe_models.training.config import PRESETS, SliceSampling, StageConfig, TrainConfig
from pe_models.training.weights.nets import StageName

LONGEST: Final = 192
"""Steps of the winner's sequences."""
SHORTENED: Final = 48
"""Of about 130 slices: as much is left out as of his thin ones at 128 and 192 steps."""


@dataclass(frozen=True, slots=True)
class Mend:
    """One change to the recipe. ``first`` is the first stage in which the two arms differ.

    ``mended`` and ``weak`` are settings of the two arms, beside those of the small net.
    """

    letter: str
    title: str
    first: StageName
    weak: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()


MENDS: Final[Mapping[str, Mend]] = {
    "window": Mend(
        "a", "one grey for one HU", StageName.LOCALIZER,
        weak=("preprocessing.windowing=own-range",),
    ),
    "padding": Mend(
        "b", "padding has no part", StageName.SEQUENCE,
        weak=(f"sequence_steps={LONGEST}", "masks_padding=false"),
        mended=(f"sequence_steps={LONGEST}",),
    ),
    "attention": Mend(
        "c", "attention by content, not by place", StageName.SEQUENCE,
        weak=(f"sequence_steps={LONGEST}", "attention=place"),
        mended=(f"sequence_steps={LONGEST}",),
    ),
    "steps": Mend(
        "d", "every slice is a step", StageName.SEQUENCE,
        weak=(f"sequence_steps={SHORTENED}",),
    ),
    "folds": Mend(
        "e", "features of slices that the slice net never saw", StageName.SEQUENCE,
        mended=("out_of_fold=3",),
    ),
    "neighbours": Mend(
        "h", "neighbours at a distance in mm", StageName.SLICE,
        weak=("preprocessing.neighbour_mm=none",),
    ),
    "scale": Mend(
        "i", "a fixed scale in mm a pixel", StageName.SLICE,
        weak=("preprocessing.pixel_mm=none",),
    ),
    "levels": Mend(
        "j", "the Localizer's slices lie within the lungs", StageName.LOCALIZER,
        weak=("preprocessing.localizer_levels=of-all-slices",),
    ),
    "noise": Mend(
        "k", "noise added", StageName.SLICE,
        weak=("augmentation.noise_low_hu=0", "augmentation.noise_high_hu=0"),
    ),
    "balance": Mend(
        "l", "half of each batch shows PE", StageName.SLICE,
        weak=("slice_sampling=every",),
    ),
    "loss": Mend(
        "m", "the metric itself as the loss", StageName.SEQUENCE,
        weak=("sequence_loss=xu2020",),
    ),
    "map": Mend(
        "n", "the slice net learns where the clot is", StageName.SLICE,
        mended=("slice_head=dense",),
    ),
}  # fmt: skip
"""By the name that ``--mends`` takes. (f) is no switch; (g), calibration, moves no rank."""

SMALL: Final[TrainConfig] = replace(
    PRESETS["best"],
    preset="ablation",
    localizer_backbone="lcnet_050",
    slice_backbone="efficientnet_lite0",
    more_backbones=(),
    hub_start=False,
    localizer=replace(PRESETS["ship"].localizer, steps=600, measure_every=0),
    slice=StageConfig(
        steps=1500,
        batch_size=12,
        learning_rate=2e-3,
        warmup_steps=100,
        backbone_share=0.3,
        checkpoint_every=250,
    ),
    sequence=replace(PRESETS["ship"].sequence, steps=400),
    preprocessing=Preprocessing(input_px=288, localizer_px=128, pixel_mm=1.0),
    bottleneck=64,
    hidden=64,
    held_out_fraction=0.3,
    out_of_fold=0,
    slice_sampling=SliceSampling.BALANCED,
)
"""What both arms have, but for the mend in hand."""
