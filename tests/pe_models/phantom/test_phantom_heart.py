"""The ventricles measure as they were made."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.phantom.chambers import Chamber
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.heart import Heart, across_septum
from pe_models.phantom.heart_painting import paint
from pe_models.phantom.sampler import PhantomSampler, Region
from pe_models.phantom.shapes import Canvas
from pe_models.phantom.spec import PhantomSpec
from pe_models.phantom.texture import Textures
from pe_models.phantom.ventricles import heart_with_ratio, measure_ventricles


@pytest.mark.parametrize("ratio", [0.7, 0.85, 1.0, 1.2, 1.5])
def test_the_ratio_asked_for_is_about_the_ratio_measured(ratio: float) -> None:
    for seed in range(4):
        measured = measure_ventricles(heart_with_ratio(seed, ratio), (1.0, 1.0, 1.0))
        assert measured.rv_lv_ratio == pytest.approx(ratio, rel=0.04)


def test_a_body_twice_as_large_measures_twice_as_wide() -> None:
    heart = Heart.draw(3, rv_lv_ratio=0.9)
    once = measure_ventricles(heart, (1.0, 1.0, 1.0))
    twice = measure_ventricles(heart, (2.0, 2.0, 2.0))
    assert twice.rv_mm == pytest.approx(2 * once.rv_mm)
    assert twice.lv_mm == pytest.approx(2 * once.lv_mm)


def test_the_chambers_do_not_share_blood() -> None:
    heart = Heart.draw(5, rv_lv_ratio=1.1)
    z, y, x = np.meshgrid(
        np.arange(-125.0, -50, 4), np.arange(-90.0, 30, 4), np.arange(-80.0, 100, 4), indexing="ij"
    )
    fields = heart.fields(x, y, z)
    assert not ((fields.left_ventricle < 0) & (fields.right_ventricle < 0)).any()
    for chamber in (fields.left_ventricle, fields.right_ventricle, fields.right_atrium):
        assert ((fields.whole < 0) | (chamber >= 0)).all()


def test_a_heart_beats_while_the_table_moves() -> None:
    beat = Heart.draw(2, rv_lv_ratio=0.9).beat
    heights = np.linspace(0.0, beat.length_mm, 41)
    inward = np.asarray(beat.inward(heights))
    assert inward.min() == pytest.approx(0.0, abs=0.02 * beat.shift_mm)
    assert inward.max() == pytest.approx(beat.shift_mm, rel=0.02)
    assert inward[0] == pytest.approx(inward[-1], abs=1e-4)


def test_hearts_differ_in_shape_from_seed_to_seed() -> None:
    x = np.arange(-80.0, 100, 4, dtype=np.float32)[None, :]
    y = np.arange(-95.0, 30, 4, dtype=np.float32)[:, None]
    one, other = (Heart.draw(seed, rv_lv_ratio=0.9).fields(x, y, -80.0).whole < 0
                  for seed in (1, 2))  # fmt: skip
    overlap = (one & other).sum() / (one | other).sum()
    assert 0.6 < overlap < 0.97


def test_a_lead_ends_in_the_right_ventricle() -> None:
    for seed in range(6):
        heart = Heart.draw(seed, rv_lv_ratio=0.9)
        x, y, z = heart.lead_path()[-1:].astype(np.float32).T
        assert (heart.fields(x, y, z).right_ventricle < 3.0).all()


def test_the_slice_shows_a_beating_wall_as_two() -> None:
    """Between blood and lung a moving wall has more of what is neither than a wall at rest."""
    wide, still = (_soft_share(shift_mm) for shift_mm in (6.0, 0.0))
    assert wide > 1.3 * still


def _soft_share(shift_mm: float) -> float:
    heart = Heart.draw(4, rv_lv_ratio=0.9)
    heart = replace(heart, beat=replace(heart.beat, shift_mm=shift_mm))
    x = np.arange(-90.0, 110, 1.0, dtype=np.float32)[None, :]
    y = np.arange(-105.0, 50, 1.0, dtype=np.float32)[:, None]
    canvas = Canvas(x, y, -85.0, 1.5, np.full((y.size, x.size), -850.0, np.float32))
    contrast = Contrast.draw(4, artery_hu=400.0, is_poor=False, has_dark_veins=False)
    paint(canvas, heart, contrast, Textures.make(4))
    return float(((canvas.hu > -700) & (canvas.hu < -50)).mean())


@pytest.mark.parametrize("seed", [1, 4, 8])
def test_the_blood_of_the_ventricles_is_as_wide_as_the_truth_says(seed: int) -> None:
    """Chords across the septum through the chamber mask, on all axial planes."""
    spec = PhantomSpec(matrix=192, n_slices=60, slice_spacing_mm=3.0, slice_thickness_mm=1.0,
                       pixel_spacing_mm=1.0, is_positive=False, mimics=())  # fmt: skip
    sampler = PhantomSampler.plan(seed, spec)
    scene = sampler.chest.scene
    truth = measure_ventricles(scene.heart, scene.habitus.scale)
    centre, across = across_septum()
    normal = np.array([across[0], across[1], 0.0]) / np.hypot(across[0], across[1])
    septum = np.array([-normal[1], normal[0], 0.0])
    chord, beside, up = np.meshgrid(
        np.arange(-40.0, 110, 0.5), np.arange(-50.0, 50, 2.5), np.arange(-34.0, 33, 3.0),
        indexing="ij",
    )  # fmt: skip
    points = (
        np.asarray(centre)
        + chord[..., None] * normal
        + beside[..., None] * septum
        + up[..., None] * np.array([0.0, 0.0, 1.0])
    )
    at = np.rint(sampler.voxels(points.reshape(-1, 3))).astype(int)
    first, last = int(at[:, 0].min()), int(at[:, 0].max())
    chamber = sampler.block(Region((first, last + 1), (0, 192), (0, 192))).chamber
    inside = ((at[:, 1:] >= 0) & (at[:, 1:] < 192)).all(axis=1)
    rows, cols = np.clip(at[:, 1:], 0, 191).T
    blood = np.where(inside, chamber[at[:, 0] - first, rows, cols], 0).reshape(chord.shape)
    step_mm = 0.5 * np.hypot(*(normal[:2] * scene.habitus.scale[:2]))
    right = ((blood == Chamber.RIGHT_VENTRICLE).sum(axis=0) * step_mm).max()
    left = ((blood == Chamber.LEFT_VENTRICLE).sum(axis=0) * step_mm).max()
    assert right == pytest.approx(truth.rv_mm, abs=3.0)
    assert left == pytest.approx(truth.lv_mm, abs=3.5)  # less the papillary muscles


def test_no_voxel_of_a_chamber_is_muscle_or_a_lung_vessel() -> None:
    spec = PhantomSpec(matrix=128, n_slices=40, slice_spacing_mm=4.0, noise_hu=0.0,
                       artery_hu=500.0, is_positive=False, mimics=())  # fmt: skip
    sampler = PhantomSampler.plan(6, spec)
    block = sampler.block(Region((0, 40), (0, 128), (0, 128)))
    contrast = sampler.chest.scene.contrast
    assert set(np.unique(block.chamber)) == {0, *Chamber}
    assert not (block.vessel[block.chamber > 0] > 0).any()
    for chamber, hu in ((Chamber.LEFT_VENTRICLE, contrast.left_heart),
                        (Chamber.LEFT_ATRIUM, contrast.left_heart)):  # fmt: skip
        blood = block.hu[block.chamber == chamber]
        assert np.median(blood) == pytest.approx(hu, rel=0.04)
        halfway = 0.5 * (hu + contrast.myocardium)
        assert (blood > halfway - 40.0).mean() > 0.97


def test_the_sac_holds_the_heart_and_bridges_its_notches() -> None:
    x = np.arange(-80.0, 100, 2, dtype=np.float32)[None, :]
    y = np.arange(-95.0, 30, 2, dtype=np.float32)[:, None]
    for seed in range(4):
        fields = Heart.draw(seed, rv_lv_ratio=0.9).fields(x, y, -85.0)
        bridged = (fields.sac < 0) & (fields.whole > 0.5)
        assert (fields.sac[fields.whole < -1.0] < 0).all()
        assert 0.005 < bridged.sum() / (fields.whole < 0).sum() < 0.2


def test_the_apex_swings_and_the_septum_does_not() -> None:
    """What a swing of 8 mm changes is none of the right ventricle, and most of it far from it."""
    still, swinging = (_painted(swing_mm) for swing_mm in (0.0, 8.0))
    changed = np.abs(still.hu - swinging.hu) > 60.0
    heart = Heart.draw(4, rv_lv_ratio=0.9)
    right = heart.fields(still.x, still.y, still.z).right_ventricle
    assert changed.sum() > 100
    assert np.median(right[changed]) > 25.0
    assert right[changed].min() > 0.0


def _painted(swing_mm: float) -> Canvas:
    heart = Heart.draw(4, rv_lv_ratio=0.9)
    heart = replace(heart, beat=replace(heart.beat, swing_mm=swing_mm))
    x = np.arange(-90.0, 110, 1.0, dtype=np.float32)[None, :]
    y = np.arange(-105.0, 50, 1.0, dtype=np.float32)[:, None]
    canvas = Canvas(x, y, -90.0, 1.5, np.full((y.size, x.size), -850.0, np.float32))
    contrast = Contrast.draw(4, artery_hu=400.0, is_poor=False, has_dark_veins=False)
    paint(canvas, heart, contrast, Textures.make(4))
    return canvas
