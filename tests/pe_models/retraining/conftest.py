"""A retraining small enough for a test: 64 px phantoms, two of them reserved for safety."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pe_models.bundle import ModelBundle, promote
from pe_models.phantom.fixed_cohort import FixedCohort, FixedStudy, cohort_text
from pe_models.phantom.spec import Level, PhantomSpec
from pe_models.retraining.folder import RetrainFolder, runs_folder
from pe_models.retraining.order import PhantomData, RetrainOrder, Start
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store

SEED = 300
MATRIX = 64

MakeRun = Callable[..., RetrainFolder]


@pytest.fixture
def safety(tmp_path: Path) -> Path:
    """Two phantoms, one of them with a central embolus."""
    specs = (
        PhantomSpec(matrix=64, n_slices=24, is_positive=True, levels=(Level.CENTRAL,)),
        PhantomSpec(matrix=64, n_slices=24, is_positive=False),
    )
    studies = tuple(FixedStudy(900_700 + i, spec) for i, spec in enumerate(specs))
    path = tmp_path / "safety.json"
    path.write_text(cohort_text(FixedCohort("safety", "2", studies)))
    return path


@pytest.fixture
def in_use(tiny_bundle: ModelBundle) -> ModelBundle:
    """A bundle of tiny untrained nets is in use."""
    return promote(tiny_bundle, reason="for a test")


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the eight phantoms of ``make_run``; making them is most of a circle's time."""
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantom_store(folder, ArrayCohort(8, SEED, 0.5, MATRIX))
    return folder


@pytest.fixture
def make_run(request: pytest.FixtureRequest) -> MakeRun:
    """``make_run(settings=())`` is a run that has its phantoms and has not begun.

    With ``has_store=False`` they are yet to be made.
    """

    def made(
        name: str = "retrained-1", n_studies: int = 8, *, has_store: bool = True, **more: object
    ) -> RetrainFolder:
        run = RetrainFolder(runs_folder() / name)
        asked = {"preset": "tiny", "start": Start.SCRATCH, "device": "cpu", **more}
        phantoms = PhantomData(n_studies, seed=SEED, matrix=MATRIX)
        if has_store:
            shutil.copytree(request.getfixturevalue("phantoms"), run.store)
        run.write_order(RetrainOrder(phantoms=phantoms, **asked))  # type: ignore[arg-type]
        return run

    return made
