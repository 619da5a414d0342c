"""One projected chest and one small cohort, made once."""

from pathlib import Path

import pytest

from pe_models.phantom.radiograph.chest import Chest
from pe_models.phantom.radiograph.cohort import write_radiograph_cohort

SEED = 41
COHORT = {"n_studies": 11, "seed": SEED, "px": 96, "inverted_fraction": 0.4}


@pytest.fixture(scope="session")
def chest() -> Chest:
    return Chest.project(SEED, paint_every=2)


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten radiographs of the chest above, and one of the next."""
    return write_radiograph_cohort(tmp_path_factory.mktemp("radiographs") / "a", **COHORT)


@pytest.fixture(scope="session")
def arguments() -> dict[str, float]:
    return dict(COHORT)
