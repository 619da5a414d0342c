"""Tiles keep place, scale and direction; a montage has gaps and one bar."""

import numpy as np
import pytest

from benchmarks.phantom_statistics.montage import Frame, montage
from pe_models.imaging.window import PE_WINDOW, Window

WINDOW = Window(1000.0, 0.0)


def _arrow() -> np.ndarray:
    """A bar along a row that has a hook at its end; no mirror image of it is the same."""
    hu = np.full((60, 80), -1000, np.int16)
    hu[30, 20:50] = 400
    hu[20:30, 49] = 400
    return hu


def test_a_tile_of_the_same_pitch_is_the_picture_itself() -> None:
    hu = _arrow()
    tile = Frame(0.8, (60, 80), WINDOW).tile(hu, (0.8, 0.8), (29.5, 39.5))
    assert np.array_equal(tile, WINDOW.to_grey(hu))


def test_a_tile_is_centred_on_the_pixel_asked_for() -> None:
    hu = np.full((60, 80), -1000, np.int16)
    hu[12, 61] = 400
    tile = Frame(0.8, (21, 31), WINDOW).tile(hu, (0.8, 0.8), (12.0, 61.0))
    assert np.argwhere(tile > 100).tolist() == [[10, 15]]


def test_pitches_of_rows_and_columns_are_kept_apart() -> None:
    hu = np.full((40, 40), -1000, np.int16)
    hu[10:30, 10:30] = 400
    bright = Frame(1.0, (120, 120), WINDOW).tile(hu, (2.0, 1.0), (19.5, 19.5)) > 127
    assert bright.any(axis=1).sum() == pytest.approx(40, abs=1)
    assert bright.any(axis=0).sum() == pytest.approx(20, abs=1)


def test_beyond_the_picture_there_is_air() -> None:
    hu = np.full((10, 10), 300, np.int16)
    tile = Frame(1.0, (40, 40), PE_WINDOW).tile(hu, (1.0, 1.0), (4.5, 4.5))
    assert tile[0, 0] == 0
    assert tile[20, 20] > 0


def test_shrinking_averages_noise_instead_of_picking_from_it() -> None:
    noise = np.random.default_rng(2).normal(0, 100, (400, 400)).astype(np.int16)
    tile = Frame(4.0, (80, 80), WINDOW).tile(noise, (1.0, 1.0), (199.5, 199.5))
    assert tile.std() < 0.5 * WINDOW.to_grey(noise).std()


def test_a_montage_keeps_the_order_of_its_tiles_and_has_gaps() -> None:
    frame = Frame(1.0, (30, 40), WINDOW)
    tiles = [[np.full((30, 40), 10 * (3 * r + c + 1), np.uint8) for c in range(3)] for r in (0, 1)]
    whole = montage(tiles, frame, bar_mm=12.0)
    assert whole.shape == (62, 124)
    assert [int(whole[5, c]) for c in (5, 47, 89)] == [10, 20, 30]
    assert [int(whole[37, c]) for c in (5, 47, 89)] == [40, 50, 60]
    assert not whole[:, 40:42].any()


def test_the_bar_is_as_long_as_it_says() -> None:
    frame = Frame(0.5, (60, 60), WINDOW)
    whole = montage([[frame.empty()]], frame, bar_mm=20.0)
    assert (whole == 255).any(axis=0).sum() == 40
