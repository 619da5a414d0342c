"""Small sets of pictures on disk, told apart by a bright spot."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pe_models.tasks import HEMORRHAGE, PNEUMONIA
from pe_models.training.pictures.table import Picture, PictureTable

SPOT_PX = 8


def photograph(path: Path, *, has_spot: bool, seed: int, px: int = 32) -> Path:
    rng = np.random.default_rng(seed)
    grey = rng.integers(20, 60, (px, px))
    if has_spot:
        row, col = rng.integers(4, px - SPOT_PX - 4, 2)
        grey[row : row + SPOT_PX, col : col + SPOT_PX] += 150
    Image.fromarray(grey.astype(np.uint8)).save(path)
    return path


@pytest.fixture
def spots(tmp_path: Path) -> Callable[..., PictureTable]:
    """A table of radiographs: every other patient's pictures have a spot, which is pneumonia."""

    def make(n_patients: int = 20) -> PictureTable:
        folder = tmp_path / "spots"
        folder.mkdir(exist_ok=True)
        pictures = []
        for number in range(2 * n_patients):
            patient = number // 2
            has_spot = patient % 2 == 0
            path = photograph(folder / f"{number}.png", has_spot=has_spot, seed=number)
            pictures.append(Picture(f"p{number}", f"patient {patient}", path, (float(has_spot),)))
        return PictureTable(PNEUMONIA, tuple(pictures))

    return make


@pytest.fixture
def bleeds() -> PictureTable:
    """Forty slices by label alone: their files do not exist."""
    rng = np.random.default_rng(3)
    rows = []
    for _ in range(40):
        kinds = (rng.random(5) < 0.15).astype(float)
        rows.append((*kinds, float(kinds.any())))
    return PictureTable(
        HEMORRHAGE,
        tuple(
            Picture(f"s{n}", f"patient {n // 4}", Path(f"{n}.dcm"), tuple(row))
            for n, row in enumerate(rows)
        ),
    )
