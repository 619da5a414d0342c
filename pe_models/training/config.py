"""Everything that a run depends on: its configuration, the presets, and how one is changed."""

from pe_models.training.presets import PRESETS, preset
from pe_models.training.settings import with_settings
from pe_models.training.stage_config import Augmentation, CropConfig, Schedule, StageConfig
from pe_models.training.train_config import (
    SequenceLoss,
    SliceSampling,
    TrainConfig,
    config_from,
)

__all__ = [
    "PRESETS",
    "Augmentation",
    "CropConfig",
    "Schedule",
    "SequenceLoss",
    "SliceSampling",
    "StageConfig",
    "TrainConfig",
    "config_from",
    "preset",
    "with_settings",
]
