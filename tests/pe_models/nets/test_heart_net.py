"""The heart's net, and the slices of a Volume through it."""

import numpy as np
import pytest
import torch
from torch import Tensor

from pe_models.bundle import Preprocessing
from pe_models.findings import Crop
from pe_models.imaging.window import Window
from pe_models.nets.heart_maps import HeartReader
from pe_models.nets.heart_net import HeartNet, Ventricle, ventricle_scores
from pe_models.progress import Cancelled, CancelToken

SPACING_MM = (2.5, 0.8, 0.6)
PARAMS = Preprocessing(window=Window(800.0, 200.0), pixel_mm=2.0, neighbour_mm=8.0)
CROP = Crop(20, 180, 30, 230)
RIGHT_HU, LEFT_HU = 550, 300
N_SLICES = 60
HEART = (24, 44)
"""First slice with a ventricle, and the first one above them."""
RIGHT = (slice(60, 110), slice(70, 130))
LEFT = (slice(100, 150), slice(140, 200))


class Brightness(HeartNet):
    """Takes the brightest blood for the right ventricle, fainter blood for the left one."""

    def __init__(self) -> None:
        super().__init__(1)
        self.n_slices = 0

    def forward(self, x: Tensor) -> Tensor:
        self.n_slices += len(x)
        grey = x[:, 1]  # (batch, row, col), -1 at the window's low end
        right, left = 40.0 * (grey - 0.5), 40.0 * (0.2 - (grey - 0.25).abs())
        return torch.stack([right, left, torch.zeros_like(grey)], dim=1)


@pytest.fixture
def hu() -> Tensor:
    volume = np.full((N_SLICES, 200, 260), 50, dtype=np.int16)
    for index in range(*HEART):
        volume[(index, *RIGHT)] = RIGHT_HU
        volume[(index, *LEFT)] = LEFT_HU
    return torch.from_numpy(volume)


def maps_of(net: HeartNet, hu: Tensor, cancel: CancelToken | None = None):  # type: ignore[no-untyped-def]
    return HeartReader(net, PARAMS).maps(
        hu, SPACING_MM, crop=CROP, lung_slices=(4, 57), cancel=cancel or CancelToken()
    )


def test_every_pixel_has_a_score_of_each_ventricle() -> None:
    net = HeartNet(2).eval()
    with torch.inference_mode():
        maps = net(torch.zeros(3, 3, 32, 48))
    assert maps.shape == (3, len(Ventricle) + 1, 32, 48)
    scores = ventricle_scores(maps)
    assert scores.shape == (3, 2, 32, 48)
    assert bool((scores.sum(dim=1) <= 1.0).all())


def test_maps_lie_where_the_blood_does(hu: Tensor) -> None:
    maps = maps_of(Brightness(), hu)
    place = maps.slice_indices.index(30)
    for scores, (rows, cols) in ((maps.right, RIGHT), (maps.left, LEFT)):
        cells = np.argwhere(scores[place] >= 0.5)
        first, last = (
            [
                corner + at * step
                for corner, at, step in zip(maps.first_cell, end, maps.cell_px, strict=True)
            ]
            for end in (cells.min(axis=0), cells.max(axis=0))
        )
        cell = max(maps.cell_px)
        assert first == pytest.approx((rows.start, cols.start), abs=cell)
        assert last == pytest.approx((rows.stop - 1, cols.stop - 1), abs=cell)


def test_the_slices_of_the_heart_and_some_beyond_are_kept(hu: Tensor) -> None:
    net = Brightness()
    maps = maps_of(net, hu)
    assert maps.step_mm == SPACING_MM[0]
    assert maps.slice_indices[0] < HEART[0]
    assert maps.slice_indices[-1] >= HEART[1]
    held = [k for k, right in zip(maps.slice_indices, maps.right, strict=True) if right.max() > 0.5]
    assert held == list(range(*HEART))
    assert net.n_slices < 54  # of those that hold lung


def test_thick_slices_are_all_looked_at(hu: Tensor) -> None:
    maps = HeartReader(Brightness(), PARAMS).maps(
        hu, (5.0, 0.8, 0.6), crop=CROP, lung_slices=(4, 57), cancel=CancelToken()
    )
    assert maps is not None
    assert maps.step_mm == 5.0


def test_a_chest_without_ventricles_has_no_maps() -> None:
    assert maps_of(Brightness(), torch.full((20, 200, 260), 50, dtype=torch.int16)[:60]) is None


def test_it_stops_when_it_is_asked_to(hu: Tensor) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        maps_of(Brightness(), hu, cancel)
