"""Figures: what is drawn where, and equal bytes for equal values."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from pe_models.figures import draw_confusion, draw_reliability, draw_roc, write_figure
from pe_models.metrics import operating_point, reliability, roc_curve

TRUTH = [1, 1, 1, 0, 0, 0, 0]
SCORES = [0.9, 0.8, 0.2, 0.7, 0.1, 0.2, 0.3]


def test_a_figure_is_written_twice_and_the_same_each_time(tmp_path: Path) -> None:
    curve = roc_curve(TRUTH, SCORES)
    assert curve is not None
    first = write_figure(tmp_path / "a", "roc", lambda axes: draw_roc(axes, {"slices": curve}))
    again = write_figure(tmp_path / "b", "roc", lambda axes: draw_roc(axes, {"slices": curve}))
    assert [path.name for path in first] == ["roc.png", "roc.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_the_confusion_matrix_has_truth_in_rows_and_calls_in_columns() -> None:
    axes = Figure().add_subplot()
    confusion = operating_point(TRUTH, SCORES, 0.5).confusion
    draw_confusion(axes, confusion, title="central_pe")
    found = {text.get_position(): text.get_text() for text in axes.texts}
    # (col, row): found, missed; called in vain, left alone
    assert found == {(0, 0): "2", (1, 0): "1", (0, 1): "1", (1, 1): "3"}
    assert axes.get_title() == "central_pe"


def test_the_curves_go_through_their_points() -> None:
    axes = Figure().add_subplot()
    curve = reliability(TRUTH, SCORES, n_bins=2)
    draw_reliability(axes, {"slices": curve})
    line = axes.lines[0]
    np.testing.assert_allclose(line.get_xdata(), [0.2, 0.8])
    np.testing.assert_allclose(line.get_ydata(), [0.25, 2 / 3])
    assert line.get_label() == "slices"
    assert axes.lines[1].get_xdata() == pytest.approx([0, 1])
