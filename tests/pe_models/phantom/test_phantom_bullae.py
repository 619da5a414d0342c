"""Bullae of emphysema."""

import numpy as np
import pytest

from pe_models.phantom.bullae import draw_bullae
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.lumps import Lump, Lumps
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.shapes import Canvas
from pe_models.phantom.spec import Mimic, PhantomSpec
from pe_models.phantom.texture import Textures
from pe_models.phantom.thorax import cavity
from pe_models.phantom.tubes import tube

FAR = tube([(500, 0, 0), (501, 0, 0)], 1.0)


@pytest.fixture(scope="module")
def bullae() -> list[Lump]:
    return [b for seed in range(24) for b in draw_bullae(seed, Habitus.draw(seed))]


def test_bullae_stand_in_emphysema_alone() -> None:
    spec = PhantomSpec(matrix=64, n_slices=8, is_positive=False, mimics=(Mimic.EMPHYSEMA,))
    healthy = PhantomSpec(matrix=64, n_slices=8, is_positive=False, mimics=())
    assert any(PhantomSampler.plan(s, spec).chest.scene.bullae.each for s in range(3))
    assert not any(PhantomSampler.plan(s, healthy).chest.scene.bullae.each for s in range(3))


def test_bullae_reach_the_pleura_and_most_lie_high(bullae: list[Lump]) -> None:
    """Paraseptal and apical: their surface is at the ribs, two of three above the aortic arch."""
    assert len(bullae) > 100
    heights = np.array([b.centre[2] for b in bullae])
    assert (heights > 30.0).mean() > 0.5
    gaps = []
    for seed in range(24):
        habitus = Habitus.draw(seed)
        for bulla in draw_bullae(seed, habitus):
            x, y, z = (np.array([v], np.float32) for v in bulla.centre)
            gaps.append(float(cavity(habitus, x, y, z)[0]) + bulla.lobes[0, 3])
    assert (np.array(gaps) > -1.5).mean() > 0.95


def test_no_bulla_lies_within_another() -> None:
    for seed in range(24):
        drawn = draw_bullae(seed, Habitus.draw(seed))
        for i, one in enumerate(drawn):
            for other in drawn[:i]:
                apart = np.linalg.norm(np.subtract(one.centre, other.centre))
                assert apart > max(one.lobes[0, 3], other.lobes[0, 3])


def test_a_bulla_is_air_within_a_thin_wall_and_closes_vessels_away(bullae: list[Lump]) -> None:
    bulla = max(bullae, key=lambda b: float(b.lobes[0, 3]))
    x0, y0, z0 = bulla.centre
    step = np.arange(-35.0, 35.01, 0.5, dtype=np.float32)
    canvas = Canvas(x0 + step[None, :], y0 + step[:, None], z0, 1.2,
                    np.full((step.size, step.size), -850.0, np.float32))  # fmt: skip
    lung = np.full_like(canvas.hu, -50.0)
    hidden = Lumps((bulla,), FAR).paint(canvas, lung, Textures.make(1))
    assert hidden is not None
    middle = step.size // 2
    assert canvas.hu[middle, middle] == pytest.approx(-985.0)
    assert hidden[middle, middle] == 1.0
    wall = canvas.hu > -800.0
    assert 0.0 < wall.mean() < 0.1
    assert (np.hypot(canvas.x - x0, canvas.y - y0)[wall] > 0.6 * bulla.lobes[0, 3]).all()
