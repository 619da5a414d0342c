"""The chest wall: no mirror image, turned as a whole, its ribs joined to the spine."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pe_models.phantom.cage import from_cage, into_cage, rib_rise, spot_from_cage
from pe_models.phantom.chest_wall import ChestWall
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.habitus import Asymmetry, Habitus
from pe_models.phantom.shapes import Canvas, Field
from pe_models.phantom.texture import Textures
from pe_models.phantom.thorax import cavity, lungs

SEEDS = range(24)
FAR = np.full(1, 1e3, np.float32)


def _turned_by(degrees: float) -> Habitus:
    habitus = Habitus.draw(3)
    return replace(habitus, asymmetry=replace(habitus.asymmetry, turn_deg=degrees))


def _plane(step_mm: float = 2.0) -> tuple[Field, Field]:
    x = np.arange(-160.0, 161.0, step_mm, dtype=np.float32)[None, :]
    y = np.arange(-110.0, 121.0, step_mm, dtype=np.float32)[:, None]
    return x, y


def _lung_mask(habitus: Habitus, z: float) -> NDArray[np.bool_]:
    x, y = _plane()
    mask: NDArray[np.bool_] = lungs(habitus, x, y, z, heart=FAR, great=FAR, hilar=FAR) < 0
    return mask


def test_there_and_back_is_the_same_place() -> None:
    habitus = _turned_by(5.0)
    x, y = np.array([70.0, -20.0]), np.array([-80.0, 33.0])
    back = into_cage(habitus, *from_cage(habitus, x, y))
    assert np.allclose(back, (x, y), atol=1e-4)
    assert spot_from_cage(habitus, 70.0, -80.0) == pytest.approx(
        [float(v[0]) for v in from_cage(habitus, x, y)]
    )


def test_a_chest_turned_to_its_left_has_its_front_there() -> None:
    x, y = spot_from_cage(_turned_by(6.0), 0.0, -95.0)
    assert x == pytest.approx(-115.0 * np.sin(np.radians(-6.0)), abs=0.01)
    assert y == pytest.approx(20.0 - 115.0 * np.cos(np.radians(6.0)), abs=0.01)


def test_the_cavity_turns_as_a_whole() -> None:
    straight, turned = _turned_by(0.0), _turned_by(4.0)
    x = np.array([120.0, -60.0, 10.0], np.float32)
    y = np.array([5.0, 70.0, -85.0], np.float32)
    there = from_cage(turned, x, y)
    assert np.allclose(cavity(straight, x, y, -30.0), cavity(turned, *there, -30.0), atol=1e-3)


def test_no_two_chests_are_turned_alike_and_none_too_far() -> None:
    turns = [Asymmetry.draw(seed).turn_deg for seed in range(200)]
    assert np.std(turns) == pytest.approx(3.0, abs=0.5)
    assert max(map(abs, turns)) <= 6.0


def test_the_lungs_are_no_mirror_image() -> None:
    shares = []
    for seed in SEEDS:
        mask = _lung_mask(Habitus.draw(seed), -20.0)
        mirrored = mask[:, ::-1]
        shares.append((mask ^ mirrored).sum() / (mask | mirrored).sum())
    assert np.median(shares) > 0.08
    assert min(shares) > 0.02


def test_ribs_lie_at_other_heights_left_than_right() -> None:
    gaps = []
    for seed in SEEDS:
        habitus = Habitus.draw(seed)
        x, y = np.array([125.0, -125.0], np.float32), np.zeros(2, np.float32)
        left, right = rib_rise(habitus, x, y, 0.0)
        gap = abs(float(left - right))
        gaps.append(min(gap, 23.0 - gap))
    assert 1.0 < np.median(gaps) < 5.0
    assert max(gaps) <= 6.3


def test_each_rib_dents_the_lung_beside_it() -> None:
    habitus = _turned_by(0.0)
    z = np.arange(-60.0, -20.0, 0.5, dtype=np.float32)
    x, y = np.full_like(z, 100.0), np.full_like(z, 8.0)
    lung = lungs(habitus, x, y, z, heart=FAR, great=FAR, hilar=FAR)
    inward = lung - cavity(habitus, x, y, z)
    near = np.abs(rib_rise(habitus, x, y, z))
    assert inward[near.argmin()] - inward[near.argmax()] == pytest.approx(1.2, abs=0.1)


def test_heart_and_fat_keep_the_lungs_from_the_breastbone_low_down() -> None:
    high: list[int] = []
    low: list[int] = []
    for seed in SEEDS:
        habitus = Habitus.draw(seed)
        x = np.arange(-60.0, 61.0, dtype=np.float32)
        for z, front, widths in ((-10.0, -74.0, high), (-90.0, -82.0, low)):
            place = from_cage(habitus, x, np.full_like(x, front))
            apart = lungs(habitus, *place, z, heart=FAR, great=FAR, hilar=FAR) > 0
            widths.append(int(apart.sum()))
    # Their least contact, 22 mm to each side, less the rounding of the lungs' front.
    assert min(low) > 33
    assert np.median(high) < 33 < 50 < np.median(low)


def test_the_breastbone_goes_where_the_chest_turns() -> None:
    x, y = _plane()
    bottoms = []
    for degrees in (-6.0, 6.0):
        habitus = replace(_turned_by(degrees), arms_are_down=False)
        contrast = Contrast.draw(3, artery_hu=300.0, is_poor=False, has_dark_veins=False)
        canvas = Canvas(x, y, -60.0, 2.0, np.full((y.size, x.size), -1000.0, np.float32))
        ChestWall(habitus, contrast, Textures.make(3)).paint(canvas)
        bone = np.where(canvas.hu > 250.0, canvas.x, np.nan)[y[:, 0] < -85.0]
        bottoms.append(float(np.nanmean(bone)))
    assert bottoms[1] - bottoms[0] == pytest.approx(2 * 120.0 * np.sin(np.radians(6.0)), abs=7.0)
