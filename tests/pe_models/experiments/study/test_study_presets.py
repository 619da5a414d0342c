"""The thirteen models, and what each is trained with."""

import pytest

from pe_models.bundle.pictures import PictureArchitecture
from pe_models.errors import InputError
from pe_models.experiments.study.models import MODELS, SMALL, TRANSFER
from pe_models.experiments.study.presets import (
    LAPTOP,
    ORIGINAL,
    PRESETS,
    PartCounts,
    config_of,
    study_preset,
)
from pe_models.training.config.stage import Method, Schedule
from pe_models.training.pictures.config import AS_IT_IS, PictureConfig
from pe_models.training.pictures.split import SplitBy


def _config(name: str, preset=ORIGINAL, *, is_published: bool = False) -> PictureConfig:
    model = next(model for model in MODELS if model.name == name)
    return config_of(model, preset, SplitBy.SLICE, is_published=is_published, seed=3)


def test_there_are_ten_small_nets_of_which_the_last_is_the_final_one_and_three_of_transfer() -> (
    None
):
    assert (len(SMALL), len(TRANSFER), len(MODELS)) == (10, 3, 13)
    assert SMALL[-1].name == "final"
    assert len({model.name for model in MODELS}) == 13


def test_no_two_models_are_trained_alike() -> None:
    for preset in PRESETS.values():
        settings = {
            (c.architecture, c.stage, c.imagenet_start)
            for model in MODELS
            for c in [
                config_of(model, preset, SplitBy.SLICE, is_published=model.is_transfer, seed=1)
            ]
        }
        assert len(settings) == 13


def test_the_original_final_net_is_trained_as_the_originals_were() -> None:
    config = _config("final")
    assert (config.px, config.architecture) == (256, PictureArchitecture("cnn-final", 1.0))
    assert (config.stage.batch_size, config.stage.epochs) == (50, 10)
    # Adam at Keras's rate, without decay, clipping, averaging, warm-up or augmentation.
    assert config.stage.method is Method.ADAM
    assert config.stage.learning_rate == 1e-3
    assert config.stage.schedule is Schedule.CONSTANT
    still = (config.stage.weight_decay, config.stage.clip_norm, config.stage.ema_decay)
    assert still == (0.0, 0.0, 0.0)
    assert config.stage.warmup_steps == 0
    assert config.augmentation == AS_IT_IS
    assert ORIGINAL.counts == PartCounts(4200, 1800, 5000)
    assert config.stage.over(4200).steps == 840


def test_vanilla_differs_from_adam_in_its_method_alone() -> None:
    vanilla, adam = _config("vanilla"), _config("adam")
    assert vanilla.architecture == adam.architecture
    assert vanilla.stage.method is Method.SGD
    assert vanilla.stage.epochs == adam.stage.epochs


def test_a_laptop_has_96_px_and_an_eighth_of_the_widths() -> None:
    config = _config("final", LAPTOP)
    assert (config.px, config.architecture.width) == (96, 1 / 8)
    assert _config("resnet50-tuned", LAPTOP).architecture.width == 1.0


def test_published_weights_learn_slowly_and_frozen_ones_not_at_all() -> None:
    tuned = _config("resnet50-tuned", is_published=True)
    frozen = _config("resnet50-frozen", is_published=True)
    assert tuned.imagenet_start
    assert tuned.stage.learning_rate == 1e-4
    assert frozen.stage.backbone_share == 0.0
    assert frozen.stage.learning_rate == 1e-3
    assert _config("resnet50-tuned").stage.learning_rate == 1e-3


def test_an_unknown_preset_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="original, laptop, tiny"):
        study_preset("huge")
