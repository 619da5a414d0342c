"""Maps of a small chest: 6 slices 2.5 mm apart, 40 x 60 cells of 1.5 mm, carina in the middle."""

from collections.abc import Callable

import numpy as np
import pytest

from pe_models.findings import Crop
from pe_models.placing.evidence import EvidenceMaps
from pe_models.placing.exam_sides import ExamSideRule, SideWeights
from pe_models.placing.frame import ChestFrame
from pe_models.placing.levels import N_NUMBERS, LevelRule

SHAPE = (6, 40, 60)
FRAME = ChestFrame((3.0, 39.5, 59.5), (2.5, 0.75, 0.75), is_seen=True)

Clots = dict[tuple[int, int, int], float]
MakeMaps = Callable[..., EvidenceMaps]


@pytest.fixture
def make_maps() -> MakeMaps:
    """Maps with the logits of ``clots`` by cell, -9 elsewhere, and vessels where they are likely.

    A cell is two pixels wide; the carina lies at cell (3, 19.5, 29.5).
    """

    def make(clots: Clots, frame: ChestFrame = FRAME) -> EvidenceMaps:
        clot = np.full(SHAPE, -9.0, dtype=np.float16)
        for cell, logit in clots.items():
            clot[cell] = logit
        return EvidenceMaps(clot, clot > 0, Crop(0, 80, 0, 120), frame)

    return make


@pytest.fixture
def wide_is_central() -> LevelRule:
    """By the width alone: wide is central, narrow is segmental."""
    others = [0.0] * (N_NUMBERS - 1)
    return LevelRule(
        mean=(float(np.log(8.0)), *others),
        scale=(1.0,) * N_NUMBERS,
        weights=tuple(
            (w, *others, b) for w, b in ((9.0, 0.0), (0.0, 0.0), (-9.0, 0.0), (-9.0, -9.0))
        ),
    )


@pytest.fixture
def side_rule() -> ExamSideRule:
    return ExamSideRule(side=SideWeights(0.5, 1.0, 0.5, -0.25), central=SideWeights(-1.0, 0.5, 1.0))
