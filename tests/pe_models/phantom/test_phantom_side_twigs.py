"""Small vessels that leave wide ones anywhere."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pe_models.phantom.branches import Branch, Tree
from pe_models.phantom.lobes import Lobe
from pe_models.phantom.shapes import Field
from pe_models.phantom.side_twigs import with_side_twigs
from pe_models.phantom.spec import Level

STEM = Branch(
    np.column_stack([np.linspace(0, 60, 13), np.zeros(13), np.zeros(13)]).astype(np.float32),
    np.full(13, 2.0, np.float32), Level.SEGMENTAL, "left", -1, Lobe.LEFT_LOWER,
)  # fmt: skip


def _anywhere(points: Field, _lobes: Field) -> NDArray[np.bool_]:
    return np.ones(len(points), np.bool_)


@pytest.fixture(scope="module")
def tree() -> Tree:
    return with_side_twigs((STEM,) * 8, np.random.default_rng(1), is_free=_anywhere)


def test_about_one_twig_leaves_every_six_mm_of_a_stem(tree: Tree) -> None:
    twigs = [b for b in tree[8:] if b.parent < 8]
    assert len(twigs) / (8 * STEM.length_mm) == pytest.approx(1 / 6.0, rel=0.2)


def test_twigs_are_half_as_wide_as_their_stem_at_most_and_taper(tree: Tree) -> None:
    for branch in tree[8:]:
        parent = tree[branch.parent]
        assert branch.radii[0] <= max(0.5 * parent.radii.max(), parent.radii[-1])
        assert branch.radii[-1] < branch.radii[0]
        assert branch.level is Level.PERIPHERAL


def test_twigs_begin_on_their_stem_and_each_has_two_ends(tree: Tree) -> None:
    parents = [b.parent for b in tree]
    for place, branch in enumerate(tree[8:], start=8):
        gap = np.linalg.norm(tree[branch.parent].points - branch.points[0], axis=1).min()
        assert gap < 1e-3
        assert parents.count(place) == (2 if branch.parent < 8 else 0)


def test_no_twig_ends_where_there_is_no_room() -> None:
    def above(points: Field, _lobes: Field) -> NDArray[np.bool_]:
        free: NDArray[np.bool_] = points[:, 2] > 0
        return free

    grown = with_side_twigs((STEM,) * 8, np.random.default_rng(1), is_free=above)
    assert len(grown) > 8
    assert all(b.points[-1, 2] > 0 for b in grown[8:] if b.parent < 8)


def test_thin_vessels_and_trunks_have_none() -> None:
    thin = Branch(STEM.points, 0.3 * STEM.radii, Level.PERIPHERAL, "left", -1, Lobe.LEFT_LOWER)
    trunk = Branch(STEM.points, STEM.radii, Level.CENTRAL, "left", -1)
    grown = with_side_twigs((thin, trunk), np.random.default_rng(1), is_free=_anywhere)
    assert grown == (thin, trunk)
