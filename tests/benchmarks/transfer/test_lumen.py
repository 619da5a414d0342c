"""Lumen: the inside of an artery, its middle line and calibre."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.transfer.fine_grid import FineGrid
from benchmarks.transfer.lumen import Lumen, find_lumen
from pe_models.errors import InputError
from pe_models.imaging.volume import Volume

ON_AXIS = (8, 35, 38)
BESIDE_AXIS = (8, 36, 37)


def lumen_of(volume: Volume, index: tuple[int, int, int] = ON_AXIS) -> Lumen:
    return find_lumen(FineGrid.around(volume, index), artery_hu=400.0, half_length_mm=9.0)


@pytest.mark.parametrize("radius_mm", [1.6, 3.0, 5.0])
@pytest.mark.parametrize("around_hu", [-850.0, 0.0])
def test_the_calibre_is_that_of_the_artery(
    make_artery: Callable[..., Volume], radius_mm: float, around_hu: float
) -> None:
    lumen = lumen_of(make_artery(radius_mm, around_hu=around_hu, noise_hu=10.0), BESIDE_AXIS)
    voxel_mm = lumen.grid.step_mm[2]
    assert lumen.radius_mm[lumen.site] == pytest.approx(radius_mm, abs=1.3 * voxel_mm)
    per_slice_mm2 = lumen.inside[lumen.grid.centre[0]].sum() * np.prod(lumen.grid.step_mm[1:])
    assert per_slice_mm2 == pytest.approx(np.pi * radius_mm**2, rel=0.25)


def test_the_middle_line_follows_the_artery_no_farther_than_asked(
    make_artery: Callable[..., Volume],
) -> None:
    lumen = lumen_of(make_artery(2.0))
    assert 14.0 <= lumen.length_mm <= 19.0
    across_mm = (lumen.points - lumen.grid.centre)[:, 1:] * lumen.grid.step_mm[1:]
    assert np.abs(across_mm[6:-6]).max() < 1.0


def test_the_blood_of_a_thin_artery_is_that_of_the_patients_wide_ones(
    make_artery: Callable[..., Volume],
) -> None:
    volume = make_artery(1.3)
    assert volume.hu[ON_AXIS] < 330
    assert lumen_of(volume).blood_hu == 400.0


def test_denser_blood_beside_the_artery_is_left_out(make_artery: Callable[..., Volume]) -> None:
    volume = make_artery(3.0, around_hu=0.0)
    hu = volume.hu.copy()
    hu[:, :, 42:] = 900
    beside = Volume(hu, volume.geometry, volume.origin)
    lumen = lumen_of(beside)
    assert not lumen.inside[..., (42 - lumen.grid.window[2][0]) * lumen.grid.factors[2] :].any()
    assert lumen.inside.any()


def test_a_branch_is_taken_without_the_wide_vessel_that_it_comes_from(
    make_artery: Callable[..., Volume],
) -> None:
    volume = make_artery(1.6)
    hu = volume.hu.copy()
    hu[12:] = 400
    hu[12:, :20] = hu[12:, 50:] = -850
    lumen = lumen_of(Volume(hu, volume.geometry, volume.origin))
    last_slice = lumen.points[:, 0].max() / lumen.grid.factors[0]
    assert last_slice < 13


def test_where_there_is_no_artery_it_is_refused(make_artery: Callable[..., Volume]) -> None:
    with pytest.raises(InputError, match="no artery at the site"):
        lumen_of(make_artery(2.0), (8, 10, 10))
