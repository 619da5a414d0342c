"""What is not an embolus: recorded, visible, and never a clot."""

import numpy as np
import pytest

from pe_models.phantom.circulation import Layers
from pe_models.phantom.mimics import QUALITY_LABEL, SHARE, draw_mimics
from pe_models.phantom.motion import Motion
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.shapes import Canvas
from pe_models.phantom.spec import Level, Mimic, PhantomSpec
from pe_models.phantom.study import Phantom, make_phantom

SEED = 21


def _phantom(mimics: tuple[Mimic, ...], seed: int = SEED) -> Phantom:
    return make_phantom(
        seed, PhantomSpec(matrix=64, n_slices=30, is_positive=False, artery_hu=400.0, noise_hu=0.0,
                          mimics=mimics)
    )  # fmt: skip


@pytest.fixture(scope="module")
def plain() -> Phantom:
    return _phantom(())


@pytest.mark.parametrize("mimic", list(Mimic))
def test_a_mimic_asked_for_is_seen_and_told_and_is_no_clot(mimic: Mimic, plain: Phantom) -> None:
    phantom = _phantom((mimic,))
    changed = np.abs(phantom.hu.astype(int) - plain.hu) > 10
    assert changed.sum() > 3
    assert changed.mean() < 0.6
    assert phantom.truth.mimics == (mimic,)
    assert phantom.truth.to_dict()["mimics"] == [mimic.value]
    assert not phantom.clot.any()
    on = {label for label, value in phantom.truth.exam_labels.items() if value}
    assert (on - {"negative_exam_for_pe", "indeterminate"}) == (
        {QUALITY_LABEL[mimic]} if mimic in QUALITY_LABEL else set()
    )


def test_every_mimic_has_a_share() -> None:
    assert set(SHARE) == set(Mimic)


def test_mimics_come_as_often_as_their_shares() -> None:
    drawn = [draw_mimics(seed, None) for seed in range(3000)]
    for mimic, share in SHARE.items():
        found = np.mean([mimic in mimics for mimics in drawn])
        assert found == pytest.approx(share, abs=3.5 * np.sqrt(share * (1 - share) / 3000))


def test_an_effusion_lies_behind(plain: Phantom) -> None:
    phantom = _phantom((Mimic.EFFUSION,))
    fluid = (phantom.hu > -30) & (phantom.hu < 40) & (plain.hu < -500)
    assert fluid.sum() > 50
    rows = np.argwhere(fluid)[:, 1]
    assert np.median(rows) > 0.5 * phantom.hu.shape[1]


def test_fluid_hides_the_vessels_behind_it() -> None:
    half = np.tile(np.array([0.0, 1.0], np.float32), (4, 2))
    whole = np.ones_like(half)
    seen = Layers(whole, whole, whole, {3: whole}).hidden_by(half)
    assert np.array_equal(seen.arteries, 1 - half)
    assert np.array_equal(seen.veins, 1 - half)
    assert np.array_equal(seen.clots[3], 1 - half)
    assert np.array_equal(seen.lungs, whole)


@pytest.mark.parametrize("seed", [30, 31, 32])
def test_clots_asked_for_are_seen_whatever_fluid_and_motion_hide(seed: int) -> None:
    levels = (Level.SEGMENTAL, Level.SUBSEGMENTAL)
    phantom = make_phantom(
        seed, PhantomSpec(matrix=128, n_slices=60, is_positive=True, levels=levels,
                          mimics=(Mimic.EFFUSION, Mimic.MOTION))
    )  # fmt: skip
    assert [e.level for e in phantom.truth.emboli] == [level.value for level in levels]


def test_unopacified_veins_are_darker_than_arteries_by_far() -> None:
    bolus = _phantom((Mimic.UNOPACIFIED_VEINS,)).truth.bolus_hu
    assert bolus["pulmonary_vein"] < 0.45 * bolus["pulmonary_artery"]


def test_a_flow_artefact_dims_arteries_smoothly_and_not_to_clot() -> None:
    spec = PhantomSpec(matrix=64, n_slices=30, is_positive=False, mimics=(Mimic.FLOW_ARTIFACT,))
    sampler = PhantomSampler.plan(SEED, spec)
    circulation = sampler.chest.scene.circulation
    patch = circulation.flow.patches[0]
    scene, whole = sampler.chest.scene, (slice(0, 64), slice(0, 64))
    index = round(
        (patch.centre[2] * scene.habitus.scale[2] - sampler.geometry.origin_mm[2])
        / sampler.geometry.spacing_mm[0]
    )
    index = min(max(index, 0), 29)
    (canvas,) = sampler.acquisition.canvases(index, whole, scene.habitus, Motion())[:1]
    strength = circulation.flow.strength(canvas, scene.textures.blood)
    assert strength.min() < 0.9
    assert strength.min() > 0.25
    step = max(np.abs(np.diff(strength, axis=0)).max(), np.abs(np.diff(strength, axis=1)).max())
    assert step < 0.25


def test_motion_may_keep_an_exam_from_being_read() -> None:
    spec = PhantomSpec(matrix=64, n_slices=8, is_positive=False, mimics=(Mimic.MOTION,))
    chests = [PhantomSampler.plan(seed, spec).chest for seed in range(6)]
    assert {chest.is_indeterminate for chest in chests} == {True, False}
    assert not any(chest.has_poor_bolus for chest in chests if not chest.is_indeterminate)


def test_a_lobe_taken_out_leaves_its_vessels_out_and_metal_behind() -> None:
    spec = PhantomSpec(matrix=64, n_slices=30, is_positive=False, mimics=(Mimic.LOBECTOMY,))
    scene = PhantomSampler.plan(SEED, spec).chest.scene
    missing = scene.parenchyma.fissures.missing
    assert missing is not None
    tree = scene.circulation.vessels.artery_tree
    assert missing not in {branch.lobe for branch in tree}
    clips = scene.surgery.clips
    assert clips is not None
    x, y, z = clips.start[0]
    step = np.arange(-6, 6, 0.5, dtype=np.float32)
    hu = np.zeros((24, 24), np.float32)
    scene.surgery.paint(Canvas((x + step)[None, :], (y + step)[:, None], float(z), 0.8, hu))
    assert hu.max() > 1500


def test_lookalikes_are_told_with_their_places() -> None:
    asked = (Mimic.NODULES, Mimic.MUCUS, Mimic.FILLING_DEFECT)
    phantom = _phantom(asked)
    told = phantom.truth.to_dict()["lookalikes"]
    assert {"node", "nodule", "mucus", "filling_defect_not_pe"} <= {one["kind"] for one in told}
    shape = np.asarray(phantom.hu.shape)
    for one in told:
        at = np.asarray(one["center_slice_row_col"])
        assert (at >= 0).all()
        assert (at <= shape - 1).all()
        assert one["center_mm"] == pytest.approx(phantom.geometry.to_patient_mm(at).tolist())
