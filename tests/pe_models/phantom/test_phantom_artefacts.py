"""Streaks, bands, metal, breaths and padding: what a scanner adds to a chest."""

import numpy as np
import pytest

from pe_models.imaging.volume import PADDING_HU
from pe_models.phantom.motion import Motion
from pe_models.phantom.sampler import PhantomSampler, Region
from pe_models.phantom.shapes import Canvas
from pe_models.phantom.spec import Kernel, Mimic, PhantomSpec
from pe_models.phantom.streaks import Rays, add_band, spot_at
from pe_models.phantom.study import Phantom, make_phantom
from pe_models.phantom.tubes import tube


def _canvas(z: float = 0.0) -> Canvas:
    x = np.arange(-80, 80, 1.0, dtype=np.float32)[None, :]
    y = np.arange(-60, 60, 1.0, dtype=np.float32)[:, None]
    return Canvas(x, y, z, 1.5, np.zeros((120, 160), np.float32))


def test_rays_fade_outward_and_begin_at_what_is_dense() -> None:
    canvas = _canvas()
    Rays.draw(1, "test").add(canvas, (10.0, -5.0), hu=100.0, core_mm=6.0, fade_mm=10.0)
    far = np.hypot(canvas.x - 10.0, canvas.y + 5.0)
    near, away, none = (np.abs(canvas.hu[(far >= a) & (far < b)]).mean()
                        for a, b in ((6, 9), (18, 22), (60, 70)))  # fmt: skip
    assert near > 2 * away > 0
    assert none == 0


def test_rays_are_bright_and_dark_and_turn_with_the_slice() -> None:
    one, other = _canvas(0.0), _canvas(20.0)
    for canvas in (one, other):
        Rays.draw(1, "test").add(canvas, (0.0, 0.0), hu=100.0, core_mm=6.0, fade_mm=10.0)
    assert one.hu.min() < -40 < 40 < one.hu.max()
    assert abs(np.corrcoef(one.hu.ravel(), other.hu.ravel())[0, 1]) < 0.4


def test_a_band_lies_between_its_ends() -> None:
    canvas = _canvas()
    add_band(canvas, (-40.0, 0.0), (40.0, 0.0), hu=-30.0, width_mm=5.0)
    assert canvas.hu[60, 80] == pytest.approx(-30.0)
    assert canvas.hu[90, 80] == pytest.approx(0.0, abs=0.1)
    assert canvas.hu[60, 158] == pytest.approx(0.0, abs=0.1)


def test_a_spot_is_where_a_tube_meets_the_slice() -> None:
    slanted = tube([[0, 0, 0], [10, 20, 40]], 2.0)
    assert spot_at(slanted, 10.0) == pytest.approx((2.5, 5.0))
    assert spot_at(slanted, 41.0) is None


def test_a_breath_moves_the_front_of_the_chest_and_returns() -> None:
    motion = Motion.draw(5, frozenset({Mimic.MOTION}))
    places = [motion.shifts(float(z)) for z in np.arange(-200, 120, 1.0)]
    assert places[0] == places[-1] == ((0.0, 0.0),)
    moved = [max(abs(forward) for forward, _ in each) for each in places]
    assert max(moved) > 1.5
    assert {len(each) for each in places} == {1, 2}
    assert Motion.draw(5, frozenset()).shifts(-40.0) == ((0.0, 0.0),)


METAL = (Mimic.PACEMAKER, Mimic.STERNAL_WIRES, Mimic.SPINAL_RODS)


@pytest.fixture(scope="module")
def plain() -> Phantom:
    return make_phantom(3, _metal_spec(()))


@pytest.mark.parametrize("mimic", METAL)
def test_metal_is_far_brighter_than_what_it_replaces(mimic: Mimic, plain: Phantom) -> None:
    rise = make_phantom(3, _metal_spec((mimic,))).hu - plain.hu.astype(int)
    assert (rise > 600).sum() > 10
    assert rise.min() < -20  # dark streaks


def _metal_spec(mimics: tuple[Mimic, ...]) -> PhantomSpec:
    return PhantomSpec(matrix=128, n_slices=40, is_positive=False, noise_hu=0.0, mimics=mimics)


@pytest.fixture(scope="module")
def padded() -> Phantom:
    for seed in range(20):
        spec = PhantomSpec(matrix=64, n_slices=16, is_positive=False, kernel=Kernel.SHARP)
        if PhantomSampler.plan(seed, spec).acquisition.is_padded:
            return make_phantom(seed, spec)
    raise AssertionError("none of 20 seeds is padded")


def test_padding_is_all_beyond_a_circle_and_holds_nothing(padded: Phantom) -> None:
    rows, cols = np.indices((64, 64))
    beyond = np.hypot(rows - 31.5, cols - 31.5) > 32
    assert np.array_equal(padded.padding, beyond)
    assert (padded.hu[:, beyond] == PADDING_HU).all()
    assert not padded.vessel[:, beyond].any()
    assert padded.truth.is_padded


def test_lungs_lie_within_the_field_of_view() -> None:
    """What the truth calls lung reaches no edge of the picture in any of these seeds."""
    for seed in range(100, 106):
        spec = PhantomSpec(matrix=64, n_slices=8, is_positive=False, mimics=())
        box = make_phantom(seed, spec).truth.lung_box
        assert box.row_min > 0
        assert box.col_min > 0
        assert max(box.row_max, box.col_max) < 64


def test_a_part_of_a_sharp_padded_study_is_that_of_the_whole(padded: Phantom) -> None:
    spec = PhantomSpec(matrix=64, n_slices=16, is_positive=False, kernel=Kernel.SHARP)
    sampler = PhantomSampler.plan(padded.seed, spec)
    block = sampler.block(Region((6, 8), (0, 30), (20, 50)))
    difference = np.abs(block.hu.astype(int) - padded.hu[6:8, 0:30, 20:50])
    assert np.percentile(difference, 99) <= 1
