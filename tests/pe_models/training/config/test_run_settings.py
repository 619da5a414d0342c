"""A configuration: its presets, its settings, and what cannot be."""

import json
from dataclasses import replace

import pytest

from pe_models.bundle import SliceHead
from pe_models.errors import TrainingError
from pe_models.training.config import PRESETS, StageConfig, config_from, preset, with_settings


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_configuration_survives_json(name: str) -> None:
    config = preset(name)
    again = config_from(json.loads(json.dumps(config.to_dict())))
    assert again == config
    assert isinstance(again.slice_head, SliceHead)


def test_a_configuration_of_a_run_before_there_were_dense_nets_is_pooled() -> None:
    record = preset("tiny-pooled").to_dict()
    for name in ("slice_head", "decoder_width", "crops"):
        del record[name]
    assert config_from(record).slice_head is SliceHead.POOLED


def test_a_setting_may_be_switched_on_and_off() -> None:
    config = with_settings(preset("tiny-pooled"), ["preprocessing.pixel_mm=1.5"])
    assert config.preprocessing.pixel_mm == 1.5
    assert with_settings(config, ["preprocessing.pixel_mm=none"]) == preset("tiny-pooled")
    dense = with_settings(config, ["slice_head=dense"])
    assert dense.slice_head is SliceHead.DENSE


def test_settings_change_nested_values_by_their_type() -> None:
    config = with_settings(
        preset("tiny"), ["slice.steps=7", "seed=5", "imagenet_start=false", "slice.dropout=0.1"]
    )
    assert (config.slice.steps, config.seed, config.slice.dropout) == (7, 5, 0.1)
    assert config.imagenet_start is False
    assert with_settings(config, ["preprocessing.window.width_hu=800"]).preprocessing.window == (
        replace(config.preprocessing.window, width_hu=800.0)
    )


@pytest.mark.parametrize(
    "setting",
    ["slice.stepps=3", "slice=3", "seed.x=1", "seed", "slice.steps=many", "slice.steps=0",
     "imagenet_start=maybe"],
)  # fmt: skip
def test_a_wrong_setting_is_refused(setting: str) -> None:
    with pytest.raises(TrainingError):
        with_settings(preset("tiny"), [setting])


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(TrainingError, match="ship"):
        preset("huge")


def test_patience_without_measurements_is_refused() -> None:
    with pytest.raises(ValueError, match="patience needs measure_every"):
        StageConfig(steps=4, batch_size=1, learning_rate=1e-3, patience=2)
