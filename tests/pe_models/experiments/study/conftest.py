"""A small data set of slices that any net can tell apart, and a study of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pe_models.experiments.study.carrying_out import Outcomes, StudyRun, carry_out
from pe_models.experiments.study.data import StudySlices
from pe_models.experiments.study.models import MODELS, StudyModel
from pe_models.experiments.study.presets import TINY, PartCounts
from pe_models.tasks import PE
from pe_models.training.pictures.table import Picture, PictureTable

PX = 32
N_PATIENTS, N_SLICES = 18, 8
SMALL = replace(TINY, counts=PartCounts(24, 12, 12), epochs=10.0)


@pytest.fixture(scope="session")
def slices(tmp_path_factory: pytest.TempPathFactory) -> PictureTable:
    """Eighteen patients of eight slices; half of the patients have four bright ones, with PE."""
    folder = tmp_path_factory.mktemp("slices")
    pictures = []
    for patient in range(N_PATIENTS):
        rng = np.random.default_rng(patient)
        hu = rng.integers(-60, 60, (N_SLICES, PX, PX)).astype(np.int16)
        with_pe = {2, 3, 4, 5} if patient % 2 else set()
        for index in with_pe:
            hu[index, 8:24, 8:24] = 400
        np.save(folder / f"{patient}.npy", hu)
        pictures += [
            Picture(f"{patient}/{index}", f"patient {patient}", folder / f"{patient}.npy",
                    (float(index in with_pe),), index)
            for index in range(N_SLICES)
        ]  # fmt: skip
    return PictureTable(PE, tuple(pictures))


def models(*names: str) -> tuple[StudyModel, ...]:
    return tuple(model for model in MODELS if model.name in names)


@pytest.fixture
def study(slices: PictureTable, tmp_path: Path) -> Callable[..., StudyRun]:
    """A study of those slices in a folder of the test, of the models named."""

    def make(*names: str, **changes: object) -> StudyRun:
        data = StudySlices(slices, "some slices", is_phantom=True, are_of_ct=True)
        run = StudyRun(tmp_path / "out", SMALL, data, device="cpu", models=models(*names))
        return replace(run, **changes)

    return make


@pytest.fixture(scope="session")
def carried_out(
    slices: PictureTable, tmp_path_factory: pytest.TempPathFactory
) -> tuple[StudyRun, Outcomes]:
    """Three models by both splits; never changed by a test."""
    data = StudySlices(slices, "some slices", is_phantom=True, are_of_ct=True)
    run = StudyRun(
        tmp_path_factory.mktemp("study"), SMALL, data, device="cpu",
        models=models("adam", "final", "resnet50-frozen"),
    )  # fmt: skip
    return run, carry_out(run, resume=False)
