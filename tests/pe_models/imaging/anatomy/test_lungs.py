"""Lungs and carina on a chest of ellipses with a table and bowel gas, and on real CT."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from pe_models.imaging.anatomy.airway import find_carina
from pe_models.imaging.anatomy.lungs import lung_box, segment_lungs
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder

AIR, LUNG, TISSUE, FOAM = -1000, -850, 40, -930
SHAPE = (50, 120, 140)
SPACING_MM = (4.0, 2.5, 2.5)
RIGHT_LUNG, LEFT_LUNG = (60, 38, 30, 20), (60, 100, 30, 20)  # row, col, half rows, half cols
CARINA = 30


@dataclass(frozen=True)
class Chest:
    """Head-to-foot ellipses; ``lung`` is the exact mask of both lungs."""

    hu: NDArray[np.int16]
    lung: NDArray[np.bool_]
    geometry: Geometry


def ellipse(shape, centre_row, centre_col, half_rows, half_cols):
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    return ((rows - centre_row) / half_rows) ** 2 + ((cols - centre_col) / half_cols) ** 2 <= 1


def draw_chest() -> Chest:
    plane = SHAPE[1:]
    hu = np.full(SHAPE, AIR, dtype=np.int16)
    lung = np.zeros(SHAPE, dtype=np.bool_)
    hu[:, ellipse(plane, 60, 69, 44, 62)] = TISSUE
    hu[:, 108:118, 20:120] = FOAM
    for shell in (np.s_[:, 108, 20:120], np.s_[:, 117, 20:120], np.s_[:, 108:118, 20]):
        hu[shell] = 100
    for index in range(5, 45):
        half = np.sqrt(max(0.0, 1 - ((index - 22) / 22) ** 2))  # tapers to both ends
        for row, col, half_rows, half_cols in (RIGHT_LUNG, LEFT_LUNG):
            if half > 0:
                lung[index] |= ellipse(plane, row, col, half_rows * half, half_cols * half)
    hu[lung] = LUNG
    for index in range(20, 50):
        if index > CARINA:
            hu[index, ellipse(plane, 55, 69, 4, 4)] = AIR
        else:
            apart = 4 + (CARINA - index) * 0.5
            for side in (-1, 1):
                hu[index, ellipse(plane, 55, 69 + side * apart, 3, 2.6)] = AIR
    hu[:4, ellipse(plane, 40, 90, 14, 25)] = AIR  # a distended bowel below the lungs
    noise = np.random.default_rng(1).normal(0, 15, SHAPE)
    return Chest((hu + noise).astype(np.int16), lung, Geometry.axial(SHAPE, SPACING_MM))


@pytest.fixture(scope="module")
def chest() -> Chest:
    return draw_chest()


def overlap(found, truth) -> float:
    """Dice coefficient."""
    return 2 * (found & truth).sum() / (found.sum() + truth.sum())


def test_both_lungs_are_found_and_neither_table_bowel_nor_air_around(chest: Chest) -> None:
    lungs = segment_lungs(chest.hu, chest.geometry)
    assert lungs.grid.step == (1, 1, 1)
    # the trachea belongs to no lung by HU, and is counted out of the error by its small area
    assert overlap(lungs.mask, chest.lung) > 0.97
    assert lungs.volume_ml == pytest.approx(chest.lung.sum() * 0.025, rel=0.05)
    assert not lungs.mask[:4].any()
    assert not lungs.mask[:, 105:].any()


def test_the_box_holds_the_lungs_in_pixels_of_the_volume(chest: Chest) -> None:
    fine = np.repeat(np.repeat(chest.hu, 2, axis=1), 2, axis=2)
    spacing = (SPACING_MM[0], SPACING_MM[1] / 2, SPACING_MM[2] / 2)
    lungs = segment_lungs(fine, Geometry.axial(fine.shape, spacing))
    assert lungs.grid.step == (1, 2, 2)
    box = lung_box(lungs)
    rows = np.flatnonzero(chest.lung.any(axis=(0, 2)))
    cols = np.flatnonzero(chest.lung.any(axis=(0, 1)))
    expected = (2 * rows[0], 2 * rows[-1] + 2, 2 * cols[0], 2 * cols[-1] + 2)
    assert (box.row_min, box.row_max, box.col_min, box.col_max) == pytest.approx(expected, abs=2)
    wider = lung_box(lungs, margin_mm=10.0)
    assert box.row_min - wider.row_min == 8
    everything = lung_box(lungs, margin_mm=1000.0)
    assert everything.row_min == everything.col_min == 0
    assert (everything.row_max, everything.col_max) == fine.shape[1:]


def test_a_lung_cut_by_the_image_is_still_found_and_reported(chest: Chest) -> None:
    cut = np.ascontiguousarray(chest.hu[:, :, 30:])
    lungs = segment_lungs(cut, Geometry.axial(cut.shape, SPACING_MM))
    assert overlap(lungs.mask, chest.lung[:, :, 30:]) > 0.95
    assert lungs.is_cut_by_view
    assert not segment_lungs(chest.hu, chest.geometry).is_cut_by_view


def test_padding_around_a_round_field_of_view_is_no_lung(chest: Chest) -> None:
    padded = chest.hu.copy()
    padded[:, ~ellipse(SHAPE[1:], 60, 69, 60, 52)] = -1024
    lungs = segment_lungs(padded, chest.geometry)
    inside = chest.lung & ellipse(SHAPE[1:], 60, 69, 56, 48)
    assert overlap(lungs.mask, inside) > 0.9
    assert lungs.is_cut_by_view


def test_what_is_no_chest_has_no_lungs(chest: Chest) -> None:
    geometry = chest.geometry
    head = np.full(SHAPE, AIR, dtype=np.int16)
    head[:, ellipse(SHAPE[1:], 60, 69, 36, 30)] = TISSUE
    head[10:20, ellipse(SHAPE[1:], 45, 60, 5, 5)] = AIR  # a sinus
    gas = np.where(chest.lung, AIR, TISSUE).astype(np.int16)  # a colon full of gas
    for hu in (head, gas, np.full(SHAPE, AIR, np.int16), np.full(SHAPE, TISSUE, np.int16)):
        lungs = segment_lungs(hu, geometry)
        assert lungs.is_empty
        assert lungs.volume_ml == 0
        assert find_carina(lungs) is None
        with pytest.raises(ValueError, match="no lungs"):
            lung_box(lungs)


def test_the_carina_is_where_the_airway_splits(chest: Chest) -> None:
    carina = find_carina(segment_lungs(chest.hu, chest.geometry))
    assert carina is not None
    assert carina.trachea_is_seen
    # walls of one cell between the bronchi appear within two slices of the split
    assert CARINA - 3 <= carina.slice_index <= CARINA
    assert (carina.row, carina.col) == pytest.approx((55, 69), abs=1)


def test_air_beside_the_trachea_below_the_apices_is_no_bronchus(chest: Chest) -> None:
    """As in a consolidated lobe; the lungs are 33 to 43 % as wide there as at their widest."""
    pocket = chest.hu.copy()
    pocket[38:41, ellipse(SHAPE[1:], 55, 55, 3, 3)] = AIR
    carina = find_carina(segment_lungs(pocket, chest.geometry))
    assert carina is not None
    assert CARINA - 3 <= carina.slice_index <= CARINA
    assert (carina.row, carina.col) == pytest.approx((55, 69), abs=1)


def test_below_the_bronchi_there_is_no_carina(chest: Chest) -> None:
    low = np.ascontiguousarray(chest.hu[5:18])
    assert find_carina(segment_lungs(low, Geometry.axial(low.shape, SPACING_MM))) is None


def test_bronchi_in_the_topmost_slice_stand_for_a_carina_above(chest: Chest) -> None:
    low = np.ascontiguousarray(chest.hu[5 : CARINA - 1])
    carina = find_carina(segment_lungs(low, Geometry.axial(low.shape, SPACING_MM)))
    assert carina is not None
    assert not carina.trachea_is_seen
    assert carina.slice_index == len(low) - 1


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 4, 5), (3, 40, 60), (1, 512, 512)])
def test_no_shape_is_too_small_or_flat(shape) -> None:
    hu = np.random.default_rng(0).normal(0, 20, shape).astype(np.int16)
    assert segment_lungs(hu, Geometry.axial(shape, (5.0, 0.7, 0.8))).is_empty


@pytest.mark.parametrize(
    ("folder", "volume_ml"),
    # both lungs by smoothing, thresholding and connected components of the full grid in SimpleITK
    [("lidc-chest", 2785), ("rider-ctpa", 1939)],
)
def test_the_lungs_of_real_ct_are_found(real_data, folder, volume_ml) -> None:
    series = scan_folder(real_data / folder)[0].series[0]
    volume = read_volume(series)
    lungs = segment_lungs(volume.hu, volume.geometry)
    assert lungs.volume_ml == pytest.approx(volume_ml, rel=0.03)
    # both sides: the image's first and second half along columns
    cols = np.flatnonzero(lungs.mask.any(axis=(0, 1)))
    assert cols[0] < lungs.grid.geometry.shape[2] * 0.3
    assert cols[-1] > lungs.grid.geometry.shape[2] * 0.7
