"""Blocks for the Refiner: a function of seed, step and index, where they say they lie."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from pe_models.errors import DatasetError
from pe_models.imaging.window import Window
from pe_models.nets.refiner import N_CHANNELS, SEEN
from pe_models.training.batches.parts import Part
from pe_models.training.batches.volume_sampler import VolumeSampler
from pe_models.training.config import VolumeConfig
from pe_models.training.store.maps import Maps

WINDOW = Window(900.0, 250.0)
STILL = VolumeConfig(
    slices=6, cells=12, contrast=0.0, brightness_hu=0.0, noise_hu=0.0, sureness_logit=0.0
)


def a_study(*, clot: bool = True) -> Maps:
    """16 slices of 40 x 40 cells; each pixel that is clot is white, and each other one black."""
    maps = np.zeros((16, N_CHANNELS + 1, 40, 40), dtype=np.uint8)
    if clot:
        maps[5:8, N_CHANNELS, 20:23, 10:15] = 255
        maps[5:8, len(SEEN) : N_CHANNELS, 20:23, 10:15] = 255
    maps[11, 0, 30, 33] = 200  # taken for a clot, and none
    maps[:, 1, 3, 3:30] = 255
    return maps


def sampler(config: VolumeConfig = STILL, *studies: Maps, seed: int = 1) -> VolumeSampler:
    return VolumeSampler(studies or (a_study(),), window=WINDOW, config=config, seed=seed)


def test_a_block_depends_on_seed_step_and_index_alone() -> None:
    varied = VolumeConfig(slices=6, cells=12)
    whole = sampler(varied).batch(3, 4)
    assert whole.x.shape == (4, N_CHANNELS, 6, 12, 12)
    assert whole.shares.shape == (4, 6, 12, 12)
    torch.testing.assert_close(sampler(varied).batch(3, 4).x, whole.x, rtol=0, atol=0)
    second = sampler(varied).batch(3, 4, Part(1, 2))
    torch.testing.assert_close(second.x, whole.x[1::2], rtol=0, atol=0)
    assert not torch.equal(sampler(varied, seed=2).batch(3, 4).x, whole.x)
    assert not torch.equal(sampler(varied).batch(4, 4).x, whole.x)
    assert bool((whole.x[:, len(SEEN) :].abs() <= 1.0).all())


def test_blocks_lie_at_clots_at_mistakes_and_at_arteries() -> None:
    at_clots = sampler(replace(STILL, at_clots=1.0, at_mistakes=0.0)).batch(0, 30)
    assert bool((at_clots.shares.flatten(1).amax(dim=1) == 1.0).all())
    at_mistakes = sampler(replace(STILL, at_clots=0.0, at_mistakes=1.0)).batch(0, 30)
    highest = at_mistakes.x[:, 0].flatten(1).amax(dim=1)
    assert bool((highest > 0.5).all())
    assert bool((at_mistakes.shares == 0).all())
    at_arteries = sampler(replace(STILL, at_clots=0.0, at_mistakes=0.0)).batch(0, 30)
    assert bool((at_arteries.x[:, 1].flatten(1).amax(dim=1) == 1.0).all())


def test_a_block_and_what_is_clot_in_it_are_mirrored_together() -> None:
    blocks = sampler(replace(STILL, at_clots=1.0, at_mistakes=0.0)).batch(0, 40)
    for x, shares in zip(blocks.x, blocks.shares, strict=True):
        for channel in range(len(SEEN), N_CHANNELS):
            torch.testing.assert_close(0.5 * (x[channel] + 1.0), shares, atol=1e-6, rtol=0)


def test_pixels_change_places_within_their_cell_when_a_block_is_mirrored() -> None:
    maps = a_study()
    maps[:, len(SEEN) : N_CHANNELS] = 0
    maps[5:8, len(SEEN) + 1, 20:23, 10:15] = 255  # upper right pixels alone are white
    blocks = sampler(replace(STILL, at_clots=1.0, at_mistakes=0.0), maps).batch(0, 40)
    white = {int(x[len(SEEN) :].flatten(1).amax(dim=1).argmax()) for x in blocks.x}
    assert white == {0, 1, 2, 3}
    for x in blocks.x:
        assert int((x[len(SEEN) :].flatten(1).amax(dim=1) > 0).sum()) == 1


def test_contrast_leaves_water_where_it_is() -> None:
    water = round(255 * (0.0 - WINDOW.low_hu) / WINDOW.width_hu)
    maps = a_study()
    maps[:, len(SEEN) : N_CHANNELS] = water
    varied = replace(STILL, contrast=0.5)
    pixels = sampler(varied, maps).batch(0, 20).x[:, len(SEEN) :]
    assert float(pixels.max() - pixels.min()) < 0.01


def test_a_study_smaller_than_a_block_is_filled_up() -> None:
    small = a_study()[4:8, :, 18:26, 8:18]
    block = sampler(replace(STILL, at_clots=1.0, at_mistakes=0.0), small).batch(0, 2)
    assert block.x.shape == (2, N_CHANNELS, 6, 12, 12)
    assert float(block.shares.sum()) > 0


def test_studies_without_any_clot_are_refused_and_do_no_harm_beside_others() -> None:
    with pytest.raises(DatasetError, match="holds a clot"):
        sampler(STILL, a_study(clot=False))
    both = sampler(VolumeConfig(slices=6, cells=12), a_study(clot=False), a_study())
    assert bool(torch.isfinite(both.batch(0, 12).x).all())
