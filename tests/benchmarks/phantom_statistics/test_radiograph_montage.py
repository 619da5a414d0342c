"""The montage of radiographs has a row a form, one of mimics and one of normal pictures."""

from itertools import cycle
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.phantom_statistics import radiographs
from pe_models.phantom.radiograph.mimics import Lookalike
from pe_models.phantom.radiograph.picture import Box, Radiograph, RadiographTruth
from pe_models.phantom.radiograph.pneumonia import Form
from pe_models.phantom.radiograph.view import View

ROOT = Path(__file__).resolve().parents[3]
BOX = Box(20, 30, 40, 50)


def _picture(grey: int, *, form: Form | None = None, kinds: tuple[Lookalike, ...] = ()):
    px = radiographs.TILE_PX
    truth = RadiographTruth(() if form is None else (form,), () if form is None else (BOX,),
                            kinds, (), 0)  # fmt: skip
    view = View.draw(np.random.default_rng(1))
    return Radiograph(np.full((px, px), grey, np.uint8), 1.0, view, truth)


@pytest.fixture
def pictures() -> list[Radiograph]:
    mimics = [_picture(100 + k, kinds=(kind,)) for k, kind in enumerate(Lookalike)]
    forms = [_picture(10 + k, form=form) for k, form in enumerate(Form)]
    both = _picture(250, kinds=tuple(Lookalike)[:2])
    return [both, *mimics, *forms, _picture(200)]


def test_each_tile_stands_in_the_row_of_what_it_shows(pictures: list[Radiograph]) -> None:
    rows = radiographs.filled_rows(cycle(pictures))
    assert {len(row) for row in rows} == {radiographs.COLUMNS}
    assert [row[0][0, 0] for row in rows] == [10, 11, 12, 100, 200]
    assert [tile[0, 0] for tile in rows[3]] == [100 + k for k in range(len(Lookalike))]


def test_boxes_are_drawn_about_opacities(pictures: list[Radiograph]) -> None:
    tile = radiographs.filled_rows(cycle(pictures))[0][0]
    rows, cols = np.nonzero(tile == 255)
    assert (cols.min(), rows.min()) == (BOX.x, BOX.y)
    assert (cols.max(), rows.max()) == (BOX.x + BOX.width - 1, BOX.y + BOX.height - 1)


def test_the_docs_show_the_montage() -> None:
    path = ROOT / "docs" / "tasks" / f"{radiographs.NAME}.png"
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.ndim == 2
    assert path.stat().st_size < 1_500_000
    assert f"]({path.name})" in (path.parent / "pneumonia.md").read_text(encoding="utf-8")
