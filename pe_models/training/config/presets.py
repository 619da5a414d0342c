"""The presets: whole configurations by name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pe_models.bundle import Attention, LocalizerLevels, Preprocessing, SliceHead, Windowing
from pe_models.errors import TrainingError
from pe_models.imaging.window import Window
from pe_models.training.config.run import SequenceLoss, SliceSampling, TrainConfig
from pe_models.training.config.stage import (
    Augmentation,
    CropConfig,
    Schedule,
    StageConfig,
    VolumeConfig,
)

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

FURTHER: Final = replace(
    SHIP,
    preset="further",
    slice=replace(SHIP.slice, steps=4000, batch_size=24, learning_rate=1.5e-3),
    crops=CropConfig(at_clots=0.3, at_arteries=0.15, at_lookalikes=0.1, at_mistakes=0.2),
)
"""``ship`` taken further from a bundle: on crowded phantoms, and where that bundle was mistaken."""

WIDE: Final = replace(
    FURTHER,
    preset="wide",
    slice=replace(FURTHER.slice, steps=4500, batch_size=32),
    preprocessing=replace(SHIP.preprocessing, reach=2, wide_window=Window(1400.0, 300.0)),
)
"""The same, with two neighbours on each side, and blood above 450 HU told apart."""

DEEP: Final = replace(WIDE, preset="deep", refiner_widths=(16, 32, 48))
"""The same nets, with a Refiner over the slice net's maps."""

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

_ADAM: Final = StageConfig(
    steps=1,
    batch_size=1,
    learning_rate=1e-3,
    warmup_steps=0,
    weight_decay=0.0,
    clip_norm=0.0,
    checkpoint_every=500,
    average_last=1,
)
"""Plain Adam, the last step's weights kept; steps follow from epochs."""

XU2020: Final = TrainConfig(
    preset="xu2020",
    localizer_backbone="efficientnet_b0",
    slice_backbone="seresnext50_32x4d",
    more_backbones=("seresnext101_32x4d",),
    hub_start=True,
    localizer=replace(
        _ADAM,
        epochs=35,
        batch_size=32,
        learning_rate=4e-4,
        schedule=Schedule.STAGES,
        average_last=32,
    ),
    slice=replace(
        _ADAM, epochs=1, batch_size=128, learning_rate=4e-4, schedule=Schedule.LINEAR, accumulate=4
    ),
    sequence=replace(_ADAM, epochs=25, batch_size=64, learning_rate=5e-4, schedule=Schedule.DECAY),
    preprocessing=Preprocessing(
        input_px=576,
        localizer_px=512,
        neighbour_mm=None,
        crop_margin=0.0,
        mean=0.456,
        std=0.224,
        windowing=Windowing.OWN_RANGE,
        localizer_levels=LocalizerLevels.OF_ALL_SLICES,
    ),
    augmentation=Augmentation(
        shift=0.2,
        scale=0.2,
        rotation_degrees=20.0,
        localizer_shift=0.0,
        localizer_scale=0.0,
        contrast=0.2,
        brightness_hu=0.0,
        noise_low_hu=0.0,
        noise_high_hu=0.0,
        finest_slice_mm=None,
        cutouts=2,
        localizer_cutouts=1,
    ),
    bottleneck=0,
    hidden=512,
    held_out_fraction=0.1374,
    image_floor=0.0,
    image_gain=1.0,
    slice_sampling=SliceSampling.EVERY,
    sequence_steps=192,
    masks_padding=False,
    attention=Attention.PLACE,
    scales_features=False,
    sequence_loss=SequenceLoss.XU2020,
    calibrates=False,
)
"""The recipe of the competition's winner (G. Xu 2020), with its weaknesses."""

BEST: Final = replace(
    XU2020,
    preset="best",
    localizer=replace(XU2020.localizer, clip_norm=5.0),
    slice=replace(XU2020.slice, average_last=0, ema_decay=0.999, clip_norm=5.0),
    sequence=replace(
        XU2020.sequence,
        schedule=Schedule.COSINE,
        warmup_steps=100,
        weight_decay=0.05,
        dropout=0.3,
        clip_norm=5.0,
        average_last=0,
    ),
    preprocessing=Preprocessing(localizer_px=512, pixel_mm=0.65, mean=0.456, std=0.224),
    augmentation=Augmentation(
        shift=0.1,
        scale=0.15,
        rotation_degrees=20.0,
        cutouts=2,
        localizer_cutouts=1,
        cutout_share=0.3,
    ),
    bottleneck=256,
    image_floor=0.05,
    out_of_fold=5,
    sequence_steps=None,
    masks_padding=True,
    attention=Attention.CONTENT,
    scales_features=True,
    sequence_loss=SequenceLoss.METRIC,
    calibrates=True,
)
"""The same nets with what ``docs/rsna.md`` lists mended."""

_TINY_NETS: Final[Mapping[str, Any]] = {
    "localizer_backbone": "test_efficientnet",
    "slice_backbone": "test_efficientnet",
    "more_backbones": ("test_resnet",),
    "hub_start": False,
    "hidden": 8,
    "held_out_fraction": 0.34,
}

PRESETS: Final[Mapping[str, TrainConfig]] = {
    "ship": SHIP,
    "further": FURTHER,
    "wide": WIDE,
    "deep": DEEP,
    "laptop": replace(
        SHIP,
        preset="laptop",
        slice=replace(SHIP.slice, steps=2000, batch_size=8),
        sequence=replace(SHIP.sequence, steps=300),
        preprocessing=replace(SHIP.preprocessing, pixel_mm=1.0),
        crops=CropConfig(px=96, shift_px=30.0),
    ),
    "xu2020": XU2020,
    "best": BEST,
    "tiny": TINY,
    "tiny-deep": replace(
        TINY,
        preset="tiny-deep",
        refiner=_TINY_STAGE,
        refiner_widths=(4, 4),
        volumes=VolumeConfig(slices=4, cells=16),
    ),
    "tiny-pooled": replace(
        TINY,
        preset="tiny-pooled",
        preprocessing=Preprocessing(input_px=64, localizer_px=64),
        slice_head=SliceHead.POOLED,
    ),
    "tiny-xu2020": replace(
        XU2020,
        preset="tiny-xu2020",
        **_TINY_NETS,
        localizer=replace(XU2020.localizer, epochs=2, batch_size=4, average_last=2),
        slice=replace(XU2020.slice, batch_size=8, accumulate=2),
        sequence=replace(XU2020.sequence, epochs=2, batch_size=2),
        preprocessing=replace(XU2020.preprocessing, input_px=64, localizer_px=64),
        sequence_steps=16,
    ),
    "tiny-best": replace(
        BEST,
        preset="tiny-best",
        **_TINY_NETS,
        localizer=replace(BEST.localizer, epochs=2, batch_size=4, average_last=2),
        slice=replace(BEST.slice, batch_size=8, accumulate=2),
        sequence=replace(BEST.sequence, epochs=2, batch_size=2, warmup_steps=1),
        preprocessing=replace(BEST.preprocessing, pixel_mm=4.0, localizer_px=64),
        bottleneck=16,
        out_of_fold=2,
    ),
}
"""``ship``, ``further``, ``wide`` and ``deep`` in turn make our bundle, ``laptop`` is a part of the
first, the tiny ones are for tests.
"""


def preset(name: str) -> TrainConfig:
    if name not in PRESETS:
        raise TrainingError(f"There is no preset {name!r}; there is {', '.join(PRESETS)}.")
    return PRESETS[name]
