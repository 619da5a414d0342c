"""Lengths and ellipses against what a ruler and a pencil give."""

import numpy as np
import pytest

from pe_viewer.display.measuring import ellipse_stats, length_mm, length_text, stats_lines
from pe_viewer.review import Ellipse, Length

SPACING = (2.0, 1.0)


def test_a_length_counts_rows_and_cols_in_their_own_millimetres() -> None:
    """3 rows of 2 mm and 8 cols of 1 mm: 6, 8 and 10 mm."""
    assert length_mm(Length(0, (1.0, 1.0), (4.0, 9.0)), SPACING) == pytest.approx(10.0)
    assert length_mm(Length(0, (4.0, 9.0), (1.0, 1.0)), SPACING) == pytest.approx(10.0)
    assert length_text(10.04) == "10.0 mm"


def test_an_ellipse_takes_the_pixels_whose_centres_lie_within() -> None:
    """A box of 2 x 4 about (5, 5): centres at row 5, cols 3 to 7, and rows 4 and 6, col 5."""
    hu = np.full((11, 11), 1000, dtype=np.int16)
    hu[5, 3:8] = (10, 20, 30, 40, 50)
    hu[4, 5], hu[6, 5] = -10, 70
    stats = ellipse_stats(hu, Ellipse(0, (4.0, 3.0), (6.0, 7.0)), SPACING)
    assert stats is not None
    assert (stats.n, stats.min_hu, stats.max_hu) == (7, -10, 70)
    values = (10, 20, 30, 40, 50, -10, 70)
    mean = sum(values) / 7
    assert stats.mean_hu == pytest.approx(mean)
    assert stats.sd_hu == pytest.approx((sum((v - mean) ** 2 for v in values) / 7) ** 0.5)
    assert stats.area_mm2 == pytest.approx(3.14159265 * 2.0 * 2.0), "half axes of 2 mm both"


def test_an_ellipse_drawn_backward_or_beyond_the_edge_is_the_same_where_there_are_pixels() -> None:
    hu = np.arange(121, dtype=np.int16).reshape(11, 11)
    one = ellipse_stats(hu, Ellipse(0, (4.0, 3.0), (6.0, 7.0)), SPACING)
    assert ellipse_stats(hu, Ellipse(0, (6.0, 7.0), (4.0, 3.0)), SPACING) == one
    assert ellipse_stats(hu, Ellipse(0, (20.0, 20.0), (30.0, 30.0)), SPACING) is None


def test_the_numbers_are_told_with_their_unit_and_without_one_where_values_have_none() -> None:
    hu = np.full((11, 11), 312, dtype=np.int16)
    stats = ellipse_stats(hu, Ellipse(0, (0.0, 0.0), (10.0, 10.0)), (1.0, 1.0))
    assert stats_lines(stats, "HU") == ("mean 312 HU, SD 0", "min 312, max 312", "79 mm²")
    assert stats_lines(stats, "")[0] == "mean 312, SD 0"
    assert stats_lines(None, "HU") == ("no pixel",)
