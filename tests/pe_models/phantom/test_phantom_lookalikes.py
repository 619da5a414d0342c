"""Nodules, crotches, nodes, scars, mixed veins and bumps: where they lie, and what they hide."""

import dataclasses
from collections import Counter

import numpy as np
import pytest

from pe_models.phantom.contrast import Contrast
from pe_models.phantom.domes import draw_bumps
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.lumps import Lump, Lumps
from pe_models.phantom.nodules import draw_nodules
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.scars import draw_scars, middles
from pe_models.phantom.scene import Scene
from pe_models.phantom.shapes import Canvas, Field
from pe_models.phantom.spec import Mimic, PhantomSpec
from pe_models.phantom.texture import Textures
from pe_models.phantom.thorax import below_diaphragm, cavity, lungs
from pe_models.phantom.tubes import FAR_MM, Tubes, distance_at, tube
from pe_models.phantom.vessel_gaps import VesselGaps

SEED = 17


def _scene(*mimics: Mimic) -> Scene:
    spec = PhantomSpec(matrix=64, n_slices=8, is_positive=False, artery_hu=400.0, mimics=mimics)
    return PhantomSampler.plan(SEED, spec).chest.scene


@pytest.fixture(scope="module")
def plain() -> Scene:
    return _scene()


@pytest.fixture(scope="module")
def gaps(plain: Scene) -> VesselGaps:
    return VesselGaps.of(plain.circulation.vessels, plain.habitus, plain.heart)


@pytest.fixture(scope="module")
def nodules(gaps: VesselGaps) -> list[Lump]:
    return [nodule for seed in range(30) for nodule in draw_nodules(seed, gaps)]


def _centres(lumps: list[Lump]) -> Field:
    return np.asarray([lump.centre for lump in lumps], np.float32)


def _radii(lumps: list[Lump]) -> Field:
    return np.asarray([lump.lobes[0, 3] for lump in lumps])


def test_a_chest_without_mimics_has_none_of_the_sick_ones(plain: Scene) -> None:
    assert plain.nodules.each == ()
    assert plain.scars is None
    assert plain.circulation.flow.vein_patches == ()


def test_most_nodules_are_of_8_to_35_mm_and_as_dark_as_clot(nodules: list[Lump]) -> None:
    widths = 2.0 * _radii(nodules)
    assert ((widths > 8.0) & (widths < 36.0)).mean() > 0.5
    assert widths.max() < 37.0
    assert all(-10.0 <= nodule.hu <= 75.0 for nodule in nodules)
    assert any(len(nodule.cavities) for nodule in nodules)
    assert any(nodule.strands is not None for nodule in nodules)


def test_nodules_lie_in_the_lungs(nodules: list[Lump], plain: Scene) -> None:
    x, y, z = _centres(nodules).T
    far = np.full(len(nodules), FAR_MM, np.float32)
    heart = plain.heart.fields(x, y, z).whole
    inside = lungs(plain.habitus, x, y, z, heart=heart, great=far, hilar=far) < 0
    assert inside.mean() > 0.95


def test_most_nodules_touch_a_vessel_without_lying_on_it(
    nodules: list[Lump], gaps: VesselGaps
) -> None:
    large = [nodule for nodule in nodules if nodule.lobes[0, 3] > 4.0]
    both = distance_at(_centres(large), gaps.vessels)
    surface = both - _radii(large)
    assert (surface < 1.0).mean() > 0.7
    assert (both > 0.0).mean() > 0.8


def test_a_pair_of_vessels_is_as_far_apart_as_asked_and_in_one_slice(gaps: VesselGaps) -> None:
    rng = np.random.default_rng(0)
    found = [gaps.pair(rng, 8.0, 30.0) for _ in range(40)]
    assert all(8.0 <= gap.length_mm <= 36.0 for gap in found)
    assert np.mean([abs(gap.along[2]) < 0.5 for gap in found]) > 0.9
    for gap in found:
        assert np.linalg.norm(gap.along) == pytest.approx(1.0, abs=1e-5)
    ends = np.asarray([g.middle + 0.5 * g.length_mm * g.along for g in found], np.float32)
    assert (distance_at(ends, gaps.vessels) < 0.1).all()


def _canvas(hu: float) -> Canvas:
    pitch = np.arange(-20, 20, 0.5, dtype=np.float32)
    return Canvas(pitch[None, :], pitch[:, None] + np.float32(1.0), 0.0, 0.9,
                  np.full((80, 80), hu, np.float32))  # fmt: skip


def _lump(cavities: Field | None = None) -> Lump:
    holes = np.zeros((0, 4)) if cavities is None else cavities
    ball = np.array([[0.0, 0.0, 0.0, 8.0]])
    return Lump((0.0, 0.0, 0.0), ball, hu=30.0, rough_mm=0.0, edge_mm=0.9, cavities=holes)


def _painted(lump: Lump, spared: Tubes, lung: float = -30.0) -> tuple[Field, Field]:
    """HU and what is hidden (rows, cols) of a lump painted into bright blood."""
    canvas = _canvas(400.0)
    hidden = Lumps((lump,), spared).paint(
        canvas, np.full((80, 80), lung, np.float32), Textures.make(1)
    )
    assert hidden is not None
    return canvas.hu, hidden


_NOWHERE = tube([(90.0, 90.0, 0.0), (90.0, 90.0, 9.0)], 3.0)


def test_a_lump_hides_the_vessels_that_it_has_grown_over() -> None:
    hu, hidden = _painted(_lump(), _NOWHERE)
    assert hidden[38, 40] == 1.0
    assert hu[38, 40] == pytest.approx(30.0, abs=12.0)
    assert hidden[38, 70] == 0.0
    assert hu[38, 70] == 400.0
    assert 4.0 * (hidden > 0.5).sum() / 16.0 == pytest.approx(np.pi * 64.0, rel=0.05)


def test_a_wide_vessel_runs_through_a_lump_unharmed() -> None:
    wide = tube([(3.0, 0.0, -9.0), (3.0, 0.0, 9.0)], 3.0)
    hu, hidden = _painted(_lump(), wide)
    assert hidden[38, 46] == 0.0
    assert hu[38, 46] == 400.0
    assert hidden[38, 30] == 1.0


def test_a_cavity_holds_air() -> None:
    hu, _ = _painted(_lump(cavities=np.array([[-3.0, 0.0, 0.0, 1.8]])), _NOWHERE)
    assert hu[38, 34] < -800.0
    assert hu[38, 50] > 0.0


def test_a_lump_ends_where_the_lung_does() -> None:
    _, hidden = _painted(_lump(), _NOWHERE, lung=6.0)
    assert not hidden.any()


def test_nodules_hide_vessels_from_the_truth() -> None:
    scene = _scene(Mimic.NODULES)
    nodule = max(scene.nodules.each, key=lambda lump: float(lump.lobes[0, 3]))
    x, y, z = nodule.centre
    step = np.arange(-20, 20, 0.6, dtype=np.float32)
    canvas = Canvas((x + step)[None, :], (y + step)[:, None], z, 0.9,
                    np.full((67, 67), -1000.0, np.float32))  # fmt: skip
    bare = dataclasses.replace(scene, nodules=dataclasses.replace(scene.nodules, each=()))
    hidden = scene.nodules.hides(canvas, scene.textures)
    layers = scene.paint(canvas)
    canvas.hu[:] = -1000.0
    without = bare.paint(canvas)
    changed = layers.arteries != without.arteries
    assert (layers.arteries <= without.arteries).all()
    assert (hidden[changed] > 0).all()


def test_crotches_touch_an_artery_and_reach_toward_another_tube(plain: Scene) -> None:
    crotches = plain.crotches
    assert 15 < len(crotches.each) < 90
    arteries = plain.circulation.vessels.arteries
    middles_mm = np.asarray(
        [0.5 * (c.body.start + c.body.end).mean(axis=0) for c in crotches.each], np.float32
    )
    widths = np.asarray([c.body.start_radius.mean() for c in crotches.each])
    assert (distance_at(middles_mm, arteries) < widths + 0.5).mean() > 0.9
    assert widths.max() < 12.0
    grey = [c.hu for c in crotches.each if c.hu > 0]
    assert all(14.0 <= hu <= 150.0 for hu in grey)
    assert 0 < len(grey) < len(crotches.each)


def test_swollen_nodes_lie_against_hilar_arteries(plain: Scene) -> None:
    sick = _scene(Mimic.ADENOPATHY)
    added = sick.hilum.nodes[len(plain.hilum.nodes) :]
    assert 3 <= len(added) < 10
    arteries = sick.circulation.vessels.arteries
    middles_mm = np.asarray(
        [0.5 * (n.body.start + n.body.end).mean(axis=0) for n in added], np.float32
    )
    assert (distance_at(middles_mm, arteries) < 9.0).all()
    assert all(55.0 <= node.hu <= 205.0 for node in added)


def test_mixed_veins_dim_veins_and_no_artery(plain: Scene) -> None:
    scene = _scene(Mimic.MIXED_VEINS)
    flow = scene.circulation.flow
    patch = flow.vein_patches[0]
    x, y, z = patch.centre
    step = np.arange(-25, 25, 1.0, dtype=np.float32)
    canvas = Canvas((x + step)[None, :], (y + step)[:, None], z, 0.9,
                    np.zeros((50, 50), np.float32))  # fmt: skip
    blood = scene.textures.blood
    assert flow.vein_strength(canvas, blood).min() < 0.8
    assert plain.circulation.flow.vein_strength(canvas, blood).min() == 1.0
    assert np.array_equal(
        flow.strength(canvas, blood), plain.circulation.flow.strength(canvas, blood)
    )
    veins = scene.circulation.vessels.veins
    assert distance_at(np.asarray([patch.centre], np.float32), veins)[0] < 0.0


def test_scars_fan_out_beside_hilar_arteries(plain: Scene) -> None:
    strands = draw_scars(SEED, plain.circulation.vessels.artery_tree)
    fans = len(np.unique(strands.owner))
    assert len(list(middles(strands))) == fans
    assert 1 <= fans < 4
    assert strands.start_radius.max() < 3.0
    assert strands.start_radius.min() < 1.0


def test_bumps_stand_on_the_diaphragm_within_the_ribs() -> None:
    bumps = []
    for seed in range(40):
        habitus = Habitus.draw(seed)
        contrast = Contrast.draw(seed, artery_hu=300.0, is_poor=False, has_dark_veins=False)
        for bump in draw_bumps(seed, habitus, contrast):
            x, y, z = np.asarray(bump.centre, np.float32)[:, None]
            height = float(below_diaphragm(habitus, x, y, float(z[0]))[0])
            radius = float(bump.lobes[0, 3])
            assert -0.01 <= height <= 0.72 * 0.61 * radius
            assert cavity(habitus, x, y, float(z[0]))[0] < 0.0
            bumps.append(bump)
    assert 30 < len(bumps) < 120


def test_every_lookalike_of_a_sick_chest_is_told() -> None:
    asked = (Mimic.NODULES, Mimic.ADENOPATHY, Mimic.HILAR_SCAR, Mimic.MIXED_VEINS)
    spec = PhantomSpec(matrix=64, n_slices=40, is_positive=False, mimics=asked)
    sampler = PhantomSampler.plan(SEED, spec)
    told = Counter(one.kind for one in sampler.lookalikes())
    scene = sampler.chest.scene
    assert told["nodule"] == len(scene.nodules.each)
    assert told["crotch"] == len(scene.crotches.each)
    assert told["node"] == len(scene.hilum.nodes)
    assert told["mixed_veins"] == len(scene.circulation.flow.vein_patches)
    assert told["hilar_scar"] >= 1
    assert told["bump"] <= len(scene.bumps.each)
