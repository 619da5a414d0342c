"""What is too little to be called clot."""

import numpy as np

from pe_models.phantom.sampler import PhantomSampler, Region
from pe_models.phantom.spec import Level, PhantomSpec
from pe_models.phantom.specks import LEAST_CLOT_MM2, without_specks


def test_a_speck_is_left_out_and_a_clot_beside_it_is_not() -> None:
    mask = np.zeros((12, 12), np.uint8)
    mask[1, 1] = mask[1, 2] = 3
    mask[5:8, 5:8] = 3
    kept = without_specks(mask, 0.5)
    assert kept[5:8, 5:8].all()
    assert kept.sum() == 27


def test_voxels_that_touch_at_a_corner_hang_together() -> None:
    mask = np.eye(3, dtype=np.uint8)
    assert np.array_equal(without_specks(mask, 0.5), mask)
    assert not without_specks(mask, 0.4).any()


def test_one_voxel_as_large_as_a_clot_is_one() -> None:
    mask = np.zeros((4, 4), np.uint8)
    mask[2, 2] = 1
    assert np.array_equal(without_specks(mask, LEAST_CLOT_MM2), mask)


def test_a_reader_could_see_the_clot_on_every_positive_slice() -> None:
    """Each holds 1.5 mm2 of clot; its mean is at least five times the noise below the artery's."""
    for seed in (2, 3):
        spec = PhantomSpec(
            matrix=512, is_positive=True, levels=(Level.SUBSEGMENTAL,), noise_hu=15.0
        )
        sampler = PhantomSampler.plan(seed, spec)
        k, row, col = sampler.clot_centres()[0]
        box = Region.about((k, row, col), (31, 64, 64)).within(sampler.geometry.shape)
        block = sampler.block(box)
        artery = sampler.chest.scene.contrast.pulmonary_artery
        pixel_mm2 = float(np.prod(sampler.geometry.spacing_mm[1:]))
        positive = [i for i, plane in enumerate(block.clot) if plane.any()]
        assert positive
        for i in positive:
            clot = block.clot[i] > 0
            assert clot.sum() * pixel_mm2 >= LEAST_CLOT_MM2
            assert artery - block.hu[i][clot].mean() > 5 * 15.0
