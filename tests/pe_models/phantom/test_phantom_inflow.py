"""Blood that flows into the right heart."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.phantom.contrast import Contrast
from pe_models.phantom.inflow import right_blood
from pe_models.phantom.shapes import Canvas, Field

CONTRAST = replace(
    Contrast.draw(1, artery_hu=400.0, is_poor=False, has_dark_veins=False),
    right_heart=400.0, superior_cava=1000.0, inferior_cava=60.0, mixing=0.7,
)  # fmt: skip


def _blood(z: float, contrast: Contrast = CONTRAST) -> tuple[Canvas, Field]:
    x = np.arange(-90.0, 60.0, 2.0, dtype=np.float32)[None, :]
    y = np.arange(-90.0, 40.0, 2.0, dtype=np.float32)[:, None]
    canvas = Canvas(x, y, z, 1.5, np.zeros((y.size, x.size), np.float32))
    still = np.zeros_like(canvas.hu)
    return canvas, np.broadcast_to(right_blood(canvas, contrast, still, still), canvas.hu.shape)


def _at(canvas: Canvas, blood: Field, x: float, y: float) -> float:
    row = int(np.argmin(np.abs(canvas.y[:, 0] - y)))
    col = int(np.argmin(np.abs(canvas.x[0] - x)))
    return float(blood[row, col])


def test_blood_from_below_is_a_dark_stream_at_the_floor_of_the_atrium() -> None:
    canvas, blood = _blood(-98.0)
    stream = _at(canvas, blood, -35.5, -18.0)
    assert stream < _at(canvas, blood, 20.0, -60.0) - 120.0
    assert stream > CONTRAST.inferior_cava


def test_dense_contrast_from_above_is_a_bright_stream_at_its_roof() -> None:
    canvas, blood = _blood(-52.0)
    assert _at(canvas, blood, -36.0, -24.0) > _at(canvas, blood, 20.0, -60.0) + 120.0


def test_mixed_blood_is_even() -> None:
    _, blood = _blood(-90.0, replace(CONTRAST, mixing=0.0))
    assert np.ptp(blood) == pytest.approx(0.0, abs=1e-3)
    assert blood.flat[0] == pytest.approx(400.0)
