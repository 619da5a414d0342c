"""The montage of heads has a row a kind of bleed, one of mimics and one of plain heads."""

from pathlib import Path

import cv2
import numpy as np

from benchmarks.phantom_statistics import heads
from benchmarks.phantom_statistics.montage import Frame
from pe_models.phantom.head.spec import BleedKind, HeadSpec
from pe_models.tasks.hemorrhage import BRAIN

ROOT = Path(__file__).resolve().parents[3]
COARSE = HeadSpec(matrix=64, n_slices=6, is_positive=False, mimics=())
FRAME = Frame(230.0 / 64, (64, 64), BRAIN)


def test_there_is_a_row_a_kind_and_heads_fill_their_tiles() -> None:
    rows = heads.rows_of(FRAME, COARSE)
    assert len(rows) == len(BleedKind) + 2
    assert {len(row) for row in rows} == {heads.COLUMNS}
    for row in rows:
        for tile in row:
            assert tile.shape == (64, 64)
            assert (tile == 255).mean() > 0.05  # bone
    assert not np.array_equal(rows[0][0], rows[-1][0])


def test_the_docs_show_the_montage_of_heads() -> None:
    path = ROOT / "docs" / "tasks" / f"{heads.NAME}.jpg"
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.ndim == 2
    assert path.stat().st_size < 1_000_000
    assert f"]({path.name})" in (path.parent / "hemorrhage.md").read_text(encoding="utf-8")
