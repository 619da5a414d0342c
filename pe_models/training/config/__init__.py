"""Everything that a run depends on: its configuration, the presets, and how one is changed."""

from pe_models.training.config.likeness import may_begin_with, places_in, preset_like
from pe_models.training.config.presets import PRESETS, preset
from pe_models.training.config.run import (
    SequenceLoss,
    SliceSampling,
    TrainConfig,
    config_from,
)
from pe_models.training.config.settings import with_settings
from pe_models.training.config.stage import (
    Augmentation,
    CropConfig,
    Method,
    Schedule,
    StageConfig,
    VolumeConfig,
)

__all__ = [
    "PRESETS",
    "Augmentation",
    "CropConfig",
    "Method",
    "Schedule",
    "SequenceLoss",
    "SliceSampling",
    "StageConfig",
    "TrainConfig",
    "VolumeConfig",
    "config_from",
    "may_begin_with",
    "places_in",
    "preset",
    "preset_like",
    "with_settings",
]
