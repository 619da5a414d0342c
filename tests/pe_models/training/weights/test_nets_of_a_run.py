"""Nets are built from a configuration that can be, and no other."""

import pytest

from pe_models.errors import TrainingError
from pe_models.training.config import preset, with_settings
from pe_models.training.weights.nets import fresh_nets

CONFIG = preset("tiny")


@pytest.mark.parametrize(
    "setting",
    ["crops.px=100", "crops.at_clots=0.9", "preprocessing.pixel_mm=none", "slice_head=soft",
     "slice.backbone_share=2", "slice_backbone=test_convnext"],
)  # fmt: skip
def test_a_dense_configuration_that_cannot_be_is_refused(setting: str) -> None:
    with pytest.raises(TrainingError):
        fresh_nets(with_settings(CONFIG, [setting]))
