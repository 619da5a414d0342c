"""The arterial tree: connected, tapering, in the lungs."""

import numpy as np
import pytest

from pe_models.phantom.branches import Branch
from pe_models.phantom.great import GreatVessels
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.heart import Heart
from pe_models.phantom.lobes import Fissures
from pe_models.phantom.lung_vessels import LungVessels, grow_lung_vessels
from pe_models.phantom.spec import Level
from pe_models.phantom.thorax import lungs
from pe_models.phantom.tubes import distance_at

SEED = 31


@pytest.fixture(scope="module")
def heart() -> Heart:
    return Heart.draw(SEED, rv_lv_ratio=0.9)


@pytest.fixture(scope="module")
def vessels(heart: Heart) -> LungVessels:
    great = GreatVessels.draw(SEED)
    return grow_lung_vessels(SEED, Habitus.draw(SEED), heart, great, Fissures.draw(SEED))


@pytest.fixture(scope="module")
def tree(vessels: LungVessels) -> tuple[Branch, ...]:
    return vessels.artery_tree


def test_every_artery_leaves_its_parent(tree: tuple[Branch, ...]) -> None:
    for branch in tree[1:]:
        parent = tree[branch.parent]
        gap = np.linalg.norm(parent.points - branch.points[0], axis=1).min()
        assert gap < 5.0  # less than the parent's own step between points


def test_every_artery_leads_back_to_the_trunk(tree: tuple[Branch, ...]) -> None:
    for place, branch in enumerate(tree):
        steps = 0
        at = branch
        while at.parent >= 0:
            assert at.parent < place
            at = tree[at.parent]
            steps += 1
            assert steps < 40
        assert at is tree[0]


def test_a_peripheral_artery_is_no_wider_than_its_parent(tree: tuple[Branch, ...]) -> None:
    for branch in tree:
        if branch.level in (Level.SUBSEGMENTAL, Level.PERIPHERAL):
            assert branch.radii[0] <= tree[branch.parent].radii[0] + 1e-4


def test_arteries_of_a_side_stay_on_it(tree: tuple[Branch, ...]) -> None:
    for branch in tree:
        if branch.level is not Level.CENTRAL:
            x = branch.points[:, 0]
            assert (x < 0).all() if branch.side == "right" else (x > 0).all()


def test_calibres_lie_where_anatomy_has_them(tree: tuple[Branch, ...]) -> None:
    """Diameters in mm, generously about CT measurements: trunk 25-30, segmental 4-7."""

    def widths(level: Level) -> np.ndarray:
        return np.array([2 * float(b.radii.mean()) for b in tree if b.level is level])

    assert 22 < 2 * tree[0].radii.mean() < 34
    assert 2.5 < np.median(widths(Level.SEGMENTAL)) < 8
    assert 1.5 < np.median(widths(Level.SUBSEGMENTAL)) < 5
    assert len(widths(Level.SEGMENTAL)) >= 18


def test_peripheral_arteries_end_in_the_lungs(tree: tuple[Branch, ...], heart: Heart) -> None:
    parents = {b.parent for b in tree}
    ends = np.array([b.points[-1] for i, b in enumerate(tree) if i not in parents], np.float32)
    x, y, z = ends.T
    great = distance_at(ends, GreatVessels.draw(SEED).envelope())
    whole = heart.fields(x, y, z).whole
    inside = lungs(Habitus.draw(SEED), x, y, z, heart=whole, great=great, hilar=great) < 0
    assert inside.mean() > 0.97


def test_no_lung_vessel_crosses_the_heart(tree: tuple[Branch, ...], heart: Heart) -> None:
    points = np.concatenate([b.points for b in tree if b.level is Level.PERIPHERAL])
    x, y, z = points.T
    assert (heart.fields(x, y, z).whole > -2.0).mean() > 0.995
