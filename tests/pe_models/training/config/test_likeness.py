"""A bundle tells which preset it was made with, and which runs can begin with it."""

from dataclasses import replace

import pytest

from pe_models.bundle import ModelBundle, load_bundle
from pe_models.training.config import PRESETS, may_begin_with, preset, preset_like, with_settings
from pe_models.training.weights.start import fits
from tests.exam_bundles import made_with

LIGHT = sorted(set(PRESETS) - {"xu2020", "best"})
"""Presets whose nets are quickly built."""


def test_the_shipped_bundle_is_of_a_preset_and_can_be_trained_on() -> None:
    shipped = load_bundle()
    name = preset_like(shipped)
    assert name is not None
    assert preset(name).preprocessing == shipped.preprocessing
    assert fits(shipped, preset(name))


@pytest.mark.parametrize("name", LIGHT)
def test_a_bundle_is_known_by_its_preset(name: str, tiny_bundle: ModelBundle) -> None:
    first = {"further": "ship"}.get(name, name)  # they differ in how they train alone
    assert preset_like(made_with(preset(name), tiny_bundle)) == first


@pytest.mark.parametrize(
    "setting",
    [
        "hidden=9",
        "bottleneck=17",
        "decoder_width=16",
        "localizer_backbone=test_resnet",
        "more_backbones=test_resnet",
        "preprocessing.pixel_mm=3.5",
        "preprocessing.reach=2",
    ],
)
def test_a_bundle_of_settings_of_its_own_is_of_no_preset(
    setting: str, tiny_bundle: ModelBundle
) -> None:
    config = with_settings(preset("tiny"), [setting])
    assert preset_like(made_with(config, tiny_bundle)) is None


@pytest.mark.parametrize("name", LIGHT)
def test_what_is_told_without_torch_is_what_the_nets_themselves_say(
    name: str, tiny_bundle: ModelBundle
) -> None:
    bundle = made_with(preset(name), tiny_bundle)
    told = {other for other in LIGHT if may_begin_with(bundle, preset(other))}
    assert told == {other for other in LIGHT if fits(bundle, preset(other))}
    assert name in told


def test_a_run_may_see_more_than_its_bundle_and_never_less(tiny_bundle: ModelBundle) -> None:
    ship, wide = (made_with(preset(name), tiny_bundle) for name in ("ship", "wide"))
    assert may_begin_with(ship, preset("wide"))
    assert not may_begin_with(wide, preset("ship"))
    another = replace(preset("wide").preprocessing, wide_window=None)
    assert may_begin_with(ship, replace(preset("ship"), preprocessing=another))
