"""Maps of many studies, of which few are open: the same maps, also where files are scarce."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pe_models.errors import DatasetError
from pe_models.imaging.window import Window
from pe_models.nets.refiner import N_CHANNELS
from pe_models.training.batches.ahead import Ahead
from pe_models.training.batches.volume_sampler import VolumeBatch, VolumeSampler
from pe_models.training.config import VolumeConfig
from pe_models.training.store import Store
from pe_models.training.store.maps import Maps, StudyMaps, read_maps, write_maps
from pe_models.training.store.records import StudyRecord

N_STUDIES = 60


@pytest.fixture
def studies(cut_store: Store, tmp_path: Path) -> tuple[StudyRecord, ...]:
    """Of each the maps are in ``tmp_path``: noise of its own, a clot and an artery."""
    one = cut_store.studies[0]
    made = tuple(replace(one, key=f"study-{k}") for k in range(N_STUDIES))
    for k, study in enumerate(made):
        shape = (study.n_slices, N_CHANNELS + 1, 12, 14)
        maps = np.random.default_rng(k).integers(0, 200, shape, dtype=np.uint8)
        maps[:, N_CHANNELS] = 0
        maps[1, N_CHANNELS, 5:8, 6:9] = 255
        write_maps(tmp_path, study, maps)
    return made


@pytest.fixture
def few_files() -> Iterator[None]:
    """Twenty more than are open: numbers below the limit, of which some may be taken."""
    resource = pytest.importorskip("resource")
    taken = {int(path.name) for path in Path("/dev/fd").iterdir()}
    free = (number for number in itertools.count() if number not in taken)
    limit = next(itertools.islice(free, 20, None))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def sampler_of(maps: Sequence[Maps]) -> VolumeSampler:
    config = VolumeConfig(slices=4, cells=8)
    return VolumeSampler(maps, window=Window(900.0, 250.0), config=config, seed=1)


def test_more_studies_than_files_may_be_open_are_sampled_by_threads(
    studies: tuple[StudyRecord, ...], tmp_path: Path, few_files: None
) -> None:
    sampler = sampler_of(StudyMaps(tmp_path, studies, most_open=8))
    batches: Ahead[VolumeBatch] = Ahead(
        lambda step: sampler.batch(step, 6), n_steps=20, n_threads=3
    )
    seen = [batches.at(step).x for step in range(20)]
    batches.close()
    assert len(seen) == 20


def test_blocks_are_the_same_however_few_are_open(
    studies: tuple[StudyRecord, ...], tmp_path: Path
) -> None:
    few = sampler_of(StudyMaps(tmp_path, studies, most_open=2))
    every = sampler_of([read_maps(tmp_path, study) for study in studies])
    for step in range(5):
        ours, theirs = few.batch(step, 8), every.batch(step, 8)
        torch.testing.assert_close(ours.x, theirs.x, rtol=0, atol=0)
        torch.testing.assert_close(ours.shares, theirs.shares, rtol=0, atol=0)


def test_missing_maps_are_told_before_the_first_step(
    studies: tuple[StudyRecord, ...], tmp_path: Path
) -> None:
    (tmp_path / f"{studies[3].key}.npy").unlink()
    with pytest.raises(DatasetError, match="missing or damaged"):
        StudyMaps(tmp_path, studies)
