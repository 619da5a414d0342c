import numpy as np
import pytest
from numpy.typing import NDArray

from pe_models.heart.chords import widest_chord

CELL_MM = (2.0, 1.6)


def disc(diameter_mm: float, *, soft_mm: float = 3.0) -> NDArray[np.float32]:
    """Scores that fall from 1 to 0 over ``soft_mm`` about the border of a disc."""
    rows, cols = np.mgrid[0:50, 0:60]
    away = np.hypot(rows * CELL_MM[0] - 50.0, cols * CELL_MM[1] - 44.0)
    return np.clip(0.5 + (0.5 * diameter_mm - away) / soft_mm, 0.0, 1.0).astype(np.float32)


@pytest.mark.parametrize("degrees", [0.0, 37.0, 90.0, 231.0])
def test_a_disc_is_as_wide_along_every_direction(degrees: float) -> None:
    angle = np.deg2rad(degrees)
    across = np.array([np.sin(angle), np.cos(angle)])
    chord = widest_chord(disc(36.0), across, CELL_MM, sure=0.5)
    assert chord is not None
    assert chord.mm == pytest.approx(36.0, abs=0.4)
    assert np.allclose(0.5 * (chord.start + chord.end), (50.0, 44.0), atol=2.0)
    assert np.allclose((chord.end - chord.start) / chord.mm, across, atol=1e-6)


def test_a_papillary_muscle_does_not_end_a_chord() -> None:
    scores = disc(40.0)
    scores[24:27, 26:29] = 0.0
    chord = widest_chord(scores, np.array([0.0, 1.0]), CELL_MM, sure=0.5)
    assert chord is not None
    assert chord.mm == pytest.approx(40.0, abs=0.4)


def test_a_single_gap_between_trabeculae_is_no_width() -> None:
    scores = disc(30.0)
    scores[25, 36:50] = 1.0  # one row of cells juts out by 20 mm
    chord = widest_chord(scores, np.array([0.0, 1.0]), CELL_MM, sure=0.5)
    assert chord is not None
    assert chord.mm < 36.0


def test_a_surer_border_is_narrower() -> None:
    widths = [
        widest_chord(disc(36.0, soft_mm=8.0), np.array([1.0, 0.0]), CELL_MM, sure=sure)
        for sure in (0.2, 0.5, 0.8)
    ]
    found = [chord.mm for chord in widths if chord is not None]
    assert found == sorted(found, reverse=True)
    assert found[0] - found[2] == pytest.approx(2 * 0.6 * 8.0, abs=0.5)


def test_an_empty_slice_has_no_chord() -> None:
    empty = np.zeros((10, 12), np.float32)
    assert widest_chord(empty, np.array([0.0, 1.0]), CELL_MM, sure=0.5) is None
