"""The arterial tree: connected, tapering, in the lungs."""

import numpy as np
import pytest

from pe_models.phantom.branches import Tree, tubes_of
from pe_models.phantom.great import GreatVessels
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.heart import Heart
from pe_models.phantom.lobes import Fissures, Lobe
from pe_models.phantom.lung_vessels import LungVessels, grow_lung_vessels
from pe_models.phantom.sampler import ARTERY, PhantomSampler, Region
from pe_models.phantom.spec import Level, PhantomSpec
from pe_models.phantom.thorax import below_diaphragm, lungs
from pe_models.phantom.tubes import distance_at
from pe_models.phantom.warp import Warp

SEED = 31


WARP = Warp.draw(SEED)


@pytest.fixture(scope="module")
def heart() -> Heart:
    return Heart.draw(SEED, rv_lv_ratio=0.9)


@pytest.fixture(scope="module")
def vessels(heart: Heart) -> LungVessels:
    great = GreatVessels.draw(SEED, WARP)
    return grow_lung_vessels(SEED, Habitus.draw(SEED), heart, great, Fissures.draw(SEED), WARP)


@pytest.fixture(scope="module")
def tree(vessels: LungVessels) -> Tree:
    return vessels.artery_tree


def test_every_artery_leaves_its_parent(tree: Tree) -> None:
    for branch in tree[1:]:
        parent = tree[branch.parent]
        gap = np.linalg.norm(parent.points - branch.points[0], axis=1).min()
        assert gap < 5.0  # less than the parent's own step between points


@pytest.mark.parametrize("seed", [0, 2, 10])
def test_vessels_hang_together_where_the_heart_pushes_them(seed: int) -> None:
    spec = PhantomSpec(matrix=64, n_slices=8, is_positive=False, mimics=())
    vessels = PhantomSampler.plan(seed, spec).chest.scene.circulation.vessels
    for tree in (vessels.artery_tree, vessels.vein_tree):
        for branch in tree:
            if branch.parent >= 0:
                parent = tree[branch.parent]
                gap = np.linalg.norm(parent.points - branch.points[0], axis=1).min()
                assert gap < 5.0


def test_every_artery_leads_back_to_the_trunk(tree: Tree) -> None:
    for place, branch in enumerate(tree):
        steps = 0
        at = branch
        while at.parent >= 0:
            assert at.parent < place
            at = tree[at.parent]
            steps += 1
            assert steps < 40
        assert at is tree[0]


def test_a_peripheral_artery_is_no_wider_than_its_parent(tree: Tree) -> None:
    for branch in tree:
        if branch.level in (Level.SUBSEGMENTAL, Level.PERIPHERAL):
            assert branch.radii[0] <= tree[branch.parent].radii[0] + 1e-4


def test_arteries_of_a_side_stay_on_it(tree: Tree) -> None:
    for branch in tree:
        if branch.level is not Level.CENTRAL:
            x = branch.points[:, 0]
            assert (x < 0).all() if branch.side == "right" else (x > 0).all()


def test_calibres_lie_where_anatomy_has_them(tree: Tree) -> None:
    """Diameters in mm, generously about CT measurements: trunk 25-30, segmental 4-7."""

    def widths(level: Level) -> np.ndarray:
        return np.array([2 * float(b.radii.mean()) for b in tree if b.level is level])

    assert 22 < 2 * tree[0].radii.mean() < 34
    assert 2.5 < np.median(widths(Level.SEGMENTAL)) < 8
    assert 1.5 < np.median(widths(Level.SUBSEGMENTAL)) < 5
    assert len(widths(Level.SEGMENTAL)) >= 18


def test_peripheral_arteries_end_in_the_lungs(tree: Tree, heart: Heart) -> None:
    parents = {b.parent for b in tree}
    ends = np.array([b.points[-1] for i, b in enumerate(tree) if i not in parents], np.float32)
    x, y, z = ends.T
    great = distance_at(ends, GreatVessels.draw(SEED, WARP).envelope())
    whole = heart.fields(x, y, z).whole
    inside = lungs(Habitus.draw(SEED), x, y, z, heart=whole, great=great, hilar=great) < 0
    assert inside.mean() > 0.97


def test_no_lung_vessel_crosses_the_heart(tree: Tree, heart: Heart) -> None:
    points = np.concatenate([b.points for b in tree if b.level is Level.PERIPHERAL])
    x, y, z = points.T
    assert (heart.fields(x, y, z).whole > -2.0).mean() > 0.995


def test_vessels_are_as_many_and_as_wide_as_in_life(vessels: LungVessels) -> None:
    """Arteries of at least these widths in two lungs (Huang et al. 1996), within a factor 2.3."""
    widths = np.array([2 * b.radii[0] for b in vessels.artery_tree])
    for at_least_mm, counted in ((5.8, 32), (3.65, 98), (2.09, 301), (1.33, 976)):
        assert counted / 2.3 < (widths > at_least_mm).sum() < 2.3 * counted


def test_basal_arteries_run_down_undivided_to_the_lower_third_of_the_lungs(tree: Tree) -> None:
    lower = (Lobe.RIGHT_LOWER, Lobe.LEFT_LOWER)
    basal = [b for b in tree if b.level is Level.SEGMENTAL and b.lobe in lower]
    assert np.median([b.length_mm for b in basal]) > 20.0
    assert min(float(b.points[-1, 2]) for b in basal) < -100.0
    widths = 2.0 * np.asarray([float(b.radii.mean()) for b in basal])
    assert ((widths > 3.0) & (widths < 8.0)).mean() > 0.7


@pytest.mark.parametrize("seed", [3, 5])
def test_no_artery_runs_below_the_diaphragm(seed: int) -> None:
    spec = PhantomSpec(matrix=64, n_slices=8, is_positive=False, mimics=())
    scene = PhantomSampler.plan(seed, spec).chest.scene
    points = np.concatenate([b.points for b in scene.circulation.vessels.artery_tree])
    x, y, z = points.T
    assert (below_diaphragm(scene.habitus, x, y, z) > 0).mean() > 0.995


def test_small_arteries_reach_every_part_of_the_lungs(tree: Tree, heart: Heart) -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform((-110, -70, -100), (110, 70, 60), size=(3000, 3)).astype(np.float32)
    x, y, z = points.T
    great = distance_at(points, GreatVessels.draw(SEED, WARP).envelope())
    whole = heart.fields(x, y, z).whole
    inside = lungs(Habitus.draw(SEED), x, y, z, heart=whole, great=great, hilar=great) < -6
    near = distance_at(points[inside], tubes_of(tree))
    assert inside.sum() > 500
    assert np.percentile(near, 95) < 12.0  # about a secondary lobule


def test_few_arteries_cross_a_fissure(tree: Tree) -> None:
    fissures = Fissures.draw(SEED)
    small = [b for b in tree if b.level is Level.PERIPHERAL]
    ends = np.array([b.points[-1] for b in small], np.float32)
    own = np.array([int(b.lobe) for b in small if b.lobe is not None])
    assert (fissures.lobe_at(ends) == own).mean() > 0.97


def test_the_course_of_vessels_differs_from_chest_to_chest_but_not_at_the_atrium() -> None:
    points = np.array([(26, 33, -8), (-32, -20, -5), (4, -2, -62)], float)
    moved = np.array([Warp.draw(seed).moved(points) for seed in range(40)]) - points
    spread = np.sqrt((moved**2).mean(axis=(0, 2)))
    assert (spread[:2] > 1.0).all()
    assert (spread[:2] < 8.0).all()
    assert spread[2] < 1e-6


def test_every_artery_can_be_followed_through_the_slices_to_its_end() -> None:
    spec = PhantomSpec(matrix=256, n_slices=60, slice_spacing_mm=1.0, slice_thickness_mm=1.0,
                       pixel_spacing_mm=0.7, is_positive=False, mimics=())  # fmt: skip
    sampler = PhantomSampler.plan(SEED, spec)
    tubes = sampler.chest.scene.circulation.vessels.arteries
    wide = tubes.where(np.minimum(tubes.start_radius, tubes.end_radius) > 1.2)
    middles = np.rint(sampler.voxels(0.5 * (wide.start + wide.end))).astype(int)
    box = Region((16, 44), (60, 196), (50, 206))
    first = np.array([16, 60, 50])
    vessel = sampler.block(box).vessel
    inside = middles[((middles >= first) & (middles < first + vessel.shape)).all(axis=1)] - first
    assert len(inside) > 60
    assert (vessel[tuple(inside.T)] == ARTERY).mean() > 0.97
