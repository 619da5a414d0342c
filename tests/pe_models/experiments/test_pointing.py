"""The pointing game, on pictures whose bright spot is what the net looks for."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import Tensor, nn

from pe_models.experiments.pointing import Boxes, pointing_of
from pe_models.nets.pictures import PictureNet
from pe_models.tasks import PNEUMONIA
from pe_models.training.pictures.arrays import PictureArrays, shrink_pictures
from pe_models.training.pictures.table import Picture, PictureTable

PX = 32
SPOT = 8
AT = (4, 20)
"""Row and col of the spot in a picture of 24 x 48 pixels."""


class BrightnessNet(PictureNet):
    """Its logit is the mean of its input, and its map the input itself."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.AvgPool2d(4)

    def forward(self, x: Tensor) -> Tensor:
        mean: Tensor = self.maps(x).mean(dim=(2, 3))
        return mean


@pytest.fixture
def arrays(tmp_path: Path) -> PictureArrays:
    """Two wide pictures with a spot, and one without."""
    pictures = []
    for number, has_spot in enumerate((True, True, False)):
        grey = np.full((24, 48), 40, np.uint8)
        if has_spot:
            grey[AT[0] : AT[0] + SPOT, AT[1] : AT[1] + SPOT] = 250
        grey[0, 0] = 0
        path = tmp_path / f"{number}.png"
        Image.fromarray(grey).save(path)
        pictures.append(Picture(f"p{number}", f"{number}", path, (float(has_spot),)))
    return shrink_pictures(PictureTable(PNEUMONIA, tuple(pictures)), tmp_path / "run", PX)


@pytest.fixture
def point(arrays: PictureArrays) -> Callable[..., object]:
    net, params = BrightnessNet().eval(), PNEUMONIA.picture.of(PX)

    def pointed(boxes: Boxes):
        return pointing_of(net, params, arrays, np.arange(3), boxes)

    return pointed


HERE = (float(AT[1]), float(AT[0]), float(SPOT), float(SPOT))
ELSEWHERE = (0.0, 14.0, 8.0, 8.0)


def test_a_map_that_peaks_within_a_box_is_a_hit_and_one_beside_it_is_none(point) -> None:
    found = point({"p0": (HERE,), "p1": (ELSEWHERE,)})
    assert (found.hits.n_hits, found.hits.n) == (1, 2)


def test_one_of_several_boxes_is_enough(point) -> None:
    assert point({"p0": (ELSEWHERE, HERE)}).hits.n_hits == 1


def test_chance_is_the_share_of_the_padded_square_within_boxes(point) -> None:
    assert point({"p0": (HERE,)}).by_chance == pytest.approx(SPOT**2 / 48**2, abs=0.005)
    both = point({"p0": (HERE, ELSEWHERE)}).by_chance
    assert both == pytest.approx(2 * SPOT**2 / 48**2, abs=0.005)


def test_pictures_without_boxes_do_not_count(point) -> None:
    assert point({}) is None
    assert point({"p0": (HERE,), "p2": ()}).hits.n == 1


def test_what_is_written_has_its_interval(point) -> None:
    record = point({"p0": (HERE,), "p1": (HERE,)}).to_dict()
    assert (record["n"], record["n_hits"], record["share"]) == (2, 2, 1.0)
    assert 0 < record["interval"][0] < record["interval"][1] == 1.0
