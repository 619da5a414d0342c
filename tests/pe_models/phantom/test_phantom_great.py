"""What lies beside the pulmonary arteries and behind the trachea: walls that touch, and gas."""

import dataclasses

import numpy as np

from pe_models.phantom.circulation import Circulation
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.great import Great, GreatVessels
from pe_models.phantom.opacities import OpacityKind
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.shapes import Canvas
from pe_models.phantom.spec import Mimic, PhantomSpec
from pe_models.phantom.texture import Textures
from pe_models.phantom.thorax import cavity
from pe_models.phantom.tubes import distance_on
from pe_models.phantom.warp import Warp

SPEC = PhantomSpec(matrix=64, n_slices=8, is_positive=False, artery_hu=350.0, mimics=())
PLANE_Z = (-40.0, 0.5, 60.0)


def _canvas(z: float, hu: float) -> Canvas:
    x = np.arange(-60.0, 60.0, 0.8, dtype=np.float32)[None, :]
    y = np.arange(-70.0, 50.0, 0.8, dtype=np.float32)[:, None]
    return Canvas(x, y, z, 1.2, np.full((y.size, x.size), hu, np.float32))


def _gas_px(seed: int) -> list[int]:
    great = GreatVessels.draw(seed, Warp.draw(seed))
    contrast = Contrast.draw(seed, artery_hu=300.0, is_poor=False, has_dark_veins=False)
    textures, found = Textures.make(seed), []
    for z in np.arange(-90.0, 90.0, 30.0):
        canvas = _canvas(float(z), 40.0)
        great.paint(canvas, contrast, textures, {})
        found.append(int((canvas.hu < -300.0).sum()))
    return found


def test_half_the_chests_have_gas_in_the_oesophagus_and_none_all_along() -> None:
    each = [_gas_px(seed) for seed in range(16)]
    filled = [gas for gas in each if any(gas)]
    assert 4 <= len(filled) <= 12
    # A bubble of 5.6 mm at most, cut at 45 degrees: 1.4 * pi * 2.8^2 / 0.8^2 = 54 px.
    assert all(max(gas) <= 54 for gas in filled)
    assert any(min(gas) == 0 for gas in filled)


def test_gas_lies_within_the_wall_of_the_oesophagus() -> None:
    great = next(g for g in (GreatVessels.draw(s, Warp.draw(s)) for s in range(9))
                 if g.oesophageal_air is not None)  # fmt: skip
    contrast = Contrast.draw(1, artery_hu=300.0, is_poor=False, has_dark_veins=False)
    for z in PLANE_Z:
        canvas = _canvas(z, 40.0)
        great.paint(canvas, contrast, Textures.make(1), {})
        wall = distance_on(canvas, great.tubes[Great.OESOPHAGUS], margin_mm=3.0)
        assert (wall[canvas.hu < -300.0] < -1.5).all()


def _between_aorta_and_trunk(*, great_mm: float) -> float:
    """The least HU on arterial blood's border where other blood, at this distance, touches it."""
    scene = PhantomSampler.plan(900_004, SPEC).chest.scene
    circulation: Circulation = scene.circulation
    canvas = _canvas(-28.0, 350.0)
    lung = np.zeros_like(canvas.hu)
    circulation.paint(canvas, lung, np.full_like(canvas.hu, great_mm))
    arteries = distance_on(canvas, circulation.vessels.arteries, margin_mm=2.0)
    return float(canvas.hu[np.abs(arteries - 0.5) < 0.3].mean())


def test_a_dark_line_parts_an_artery_from_the_great_vessel_it_touches() -> None:
    apart, touching = (_between_aorta_and_trunk(great_mm=mm) for mm in (1e3, 0.0))
    assert apart - touching > 50.0


def test_bands_of_atelectasis_reach_the_pleura() -> None:
    spec = PhantomSpec(matrix=64, n_slices=8, is_positive=False, mimics=(Mimic.ATELECTASIS,))
    reached = []
    for seed in range(6):
        scene = PhantomSampler.plan(seed, spec).chest.scene
        for band in scene.opacities.each:
            assert band.kind is OpacityKind.ATELECTASIS
            assert np.allclose(
                np.asarray(band.axes) @ np.asarray(band.axes).T, np.eye(3), atol=1e-5
            )
            along = np.asarray(band.axes[0]) * np.sign(np.dot(band.axes[0], band.centre))
            end = np.asarray(band.centre) + band.radii[0] * along
            x, y = (np.array([v], np.float32) for v in end[:2])
            reached.append(float(cavity(scene.habitus, x, y, float(end[2]))[0]) > -8.0)
            assert band.radii[2] < 2.9
    assert np.mean(reached) > 0.6


def test_no_thread_of_the_fat_runs_through_the_gas_of_the_stomach() -> None:
    scene = PhantomSampler.plan(900_004, SPEC).chest.scene
    canvas = _canvas(-110.0, -960.0)
    far_from_lung = np.full_like(canvas.hu, 50.0)
    part = dataclasses.replace(scene.hilum, sleeves=scene.hilum.sleeves.where(
        np.zeros(len(scene.hilum.sleeves), np.bool_)))  # fmt: skip
    part.paint_fat(canvas, far_from_lung, -100.0, scene.textures)
    assert (canvas.hu == -960.0).all()
    fat = _canvas(-110.0, -100.0)
    part.paint_fat(fat, far_from_lung, -100.0, scene.textures)
    assert (fat.hu > -80.0).any()
