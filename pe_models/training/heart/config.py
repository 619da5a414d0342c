"""HeartConfig: everything that the training of a heart's net depends on."""

from dataclasses import dataclass, field
from typing import Final

from pe_models.bundle import Preprocessing
from pe_models.imaging.window import Window
from pe_models.training.config import CropConfig, StageConfig

_WINDOW: Final = Window(width_hu=800.0, centre_hu=200.0)
"""From fat to the brightest blood: myocardium, blood and both ventricles lie apart in it."""


@dataclass(frozen=True, slots=True)
class HeartConfig:
    """``width`` is the net's; ``crops`` are centred about the heart, off it by some ``away_mm``.

    A share ``beyond`` of crops lies anywhere in the chest, on any slice. Neighbours are taken at
    ``neighbour_mm`` of the preprocessing, more or less by ``neighbour_spread`` as a share. Contrast
    is up to ``uneven`` brighter or fainter from place to place, as where blood mixes.
    """

    width: int = 8
    preprocessing: Preprocessing = field(
        default_factory=lambda: Preprocessing(window=_WINDOW, pixel_mm=2.0, neighbour_mm=8.0)
    )
    steps: StageConfig = field(
        default_factory=lambda: StageConfig(
            steps=2600,
            batch_size=12,
            learning_rate=3e-3,
            warmup_steps=50,
            weight_decay=1e-3,
            ema_decay=0.995,
            checkpoint_every=250,
        )
    )
    crops: CropConfig = field(
        default_factory=lambda: CropConfig(
            rotation_degrees=22.0,
            scale=0.2,
            shift_px=20.0,
            vessel_shift_hu=110.0,
            noise_low_hu=2.0,
            noise_high_hu=40.0,
        )
    )
    away_mm: float = 15.0
    beyond: float = 0.1
    neighbour_spread: float = 0.25
    uneven: float = 0.3
    seed: int = 7
