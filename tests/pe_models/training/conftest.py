"""Tiny cohorts, stores and runs that several rooms are tested on; never changed by a test."""

import shutil
from pathlib import Path

import pytest

from pe_models.bundle import ModelBundle
from pe_models.phantom.cohort import write_cohort
from pe_models.training.config import preset
from pe_models.training.export.bundle import export_bundle
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.run import RunFolder, RunState
from pe_models.training.store import Store
from pe_models.training.weights.nets import stages_of


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six phantoms of 64 x 64 px, three of them positive."""
    out = tmp_path_factory.mktemp("cohort")
    return write_cohort(out, n_studies=6, seed=40, positive_fraction=0.5, matrix=64, n_slices=24)


@pytest.fixture(scope="session")
def store(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Of that cohort, prepared from its DICOM."""
    folder = tmp_path_factory.mktemp("store")
    return prepare(Source(cohort / "train.csv", dicom=cohort), folder)


@pytest.fixture
def labels(cohort: Path, tmp_path: Path) -> Path:
    """A copy of the labels that a test may spoil; without boxes beside it."""
    return Path(shutil.copy(cohort / "train.csv", tmp_path / "train.csv"))


@pytest.fixture(scope="session")
def cut_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Four phantoms of 64 x 64 px, two of them positive, cut to their lungs."""
    cohort = ArrayCohort(
        n_studies=4, seed=40, positive_fraction=0.5, matrix=64, n_slices=16, margin_mm=15.0
    )
    return write_phantom_store(tmp_path_factory.mktemp("store"), cohort)


@pytest.fixture(scope="session")
def cut_run(cut_store: Store, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A whole run of the preset ``tiny`` on it."""
    folder, config = tmp_path_factory.mktemp("run"), preset("tiny")
    assert train(stages_of(config), cut_store, folder, config, TrainOptions("cpu")) is RunState.DONE
    return RunFolder(folder)


@pytest.fixture(scope="session")
def cut_bundle(cut_run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    """The bundle of that run."""
    folder = tmp_path_factory.mktemp("bundle") / "first"
    return export_bundle(cut_run, folder, name="first", version="7")


@pytest.fixture(scope="session")
def refined_run(cut_store: Store, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A whole run of the preset ``tiny-deep`` on it."""
    folder, config = tmp_path_factory.mktemp("refined"), preset("tiny-deep")
    assert train(stages_of(config), cut_store, folder, config, TrainOptions("cpu")) is RunState.DONE
    return RunFolder(folder)


@pytest.fixture(scope="session")
def array_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Six whole phantoms of 64 x 64 px, three of them positive, without DICOM."""
    cohort = ArrayCohort(n_studies=6, seed=60, positive_fraction=0.5, matrix=64, n_slices=16)
    return write_phantom_store(tmp_path_factory.mktemp("arrays"), cohort)


@pytest.fixture(scope="session")
def dealt_settings() -> list[str]:
    """Nets without batch statistics, and no noise: a step is the same however it is dealt."""
    return [
        "localizer_backbone=test_convnext", "slice_backbone=test_efficientnet_gn",
        "augmentation.noise_high_hu=0", "imagenet_start=false", "localizer.batch_size=4",
        "slice.batch_size=4", "sequence.batch_size=4", "augmentation.cutouts=1",
    ]  # fmt: skip
