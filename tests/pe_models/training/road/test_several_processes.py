"""A batch dealt into parts, over turns or processes, gives the step of the whole batch."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from pe_models.errors import TrainingError
from pe_models.findings import Crop
from pe_models.training.batches.augment import Draws, augment
from pe_models.training.batches.parts import Part, parts_of
from pe_models.training.batches.samplers import step_generator
from pe_models.training.config import Augmentation, TrainConfig, preset, with_settings
from pe_models.training.loop.checkpoint import load_checkpoint
from pe_models.training.loop.steps import Stage
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store
from pe_models.training.run import RunFolder
from pe_models.training.stages.dense import SliceStudies, slice_stage
from pe_models.training.stages.localizer import LocalizerStage
from pe_models.training.stages.sequence import SequenceStage
from pe_models.training.store import Store
from pe_models.training.weights.nets import fresh_nets

CPU = torch.device("cpu")
SETTINGS = [
    "localizer_backbone=test_convnext", "slice_backbone=test_efficientnet_gn",
    "augmentation.noise_high_hu=0", "imagenet_start=false", "localizer.batch_size=4",
    "slice.batch_size=4", "sequence.batch_size=4", "augmentation.cutouts=1",
]  # fmt: skip
"""Nets without batch statistics."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("store")
    cohort = ArrayCohort(n_studies=6, seed=60, positive_fraction=0.5, matrix=64, n_slices=16)
    return write_phantom_store(folder, cohort)


def gradients(stage: Stage, parts: tuple[Part, ...]) -> Tensor:
    """Of a step computed in turns."""
    stage.net.eval().zero_grad()  # no dropout, no statistics of a batch
    for part in parts:
        (stage.loss(stage.net, 2, part) / len(parts)).backward()
    return torch.cat([p.grad.flatten() for p in stage.net.parameters() if p.grad is not None])


@contextmanager
def localizer(store: Store, config: TrainConfig, _: tuple[Part, ...]) -> Iterator[Stage]:
    net = fresh_nets(config).localizer
    yield LocalizerStage(net, store, train=store.studies, held_out=(), config=config, device=CPU)


@contextmanager
def slices(store: Store, config: TrainConfig, parts: tuple[Part, ...]) -> Iterator[Stage]:
    net = fresh_nets(config).slice_classifier
    crops = {study.key: Crop(4, 60, 2, 62) for study in store.studies}
    studies = SliceStudies(store, store.studies, (), crops)
    with slice_stage(net, studies, config, CPU, parts) as stage:
        yield stage


@contextmanager
def sequence(store: Store, config: TrainConfig, _: tuple[Part, ...]) -> Iterator[Stage]:
    nets, rng = fresh_nets(config), np.random.default_rng(5)
    size = nets.slice_classifier.embedding
    features = {
        s.key: rng.normal(size=(s.n_slices, size)).astype(np.float32) for s in store.studies
    }
    yield SequenceStage(
        nets.sequence, features, train=store.studies, held_out=(), held_out_features=features,
        config=config, device=CPU,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make", "sequence_loss"),
    [(localizer, "metric"), (slices, "metric"), (sequence, "metric"), (sequence, "xu2020")],
)
def test_the_mean_gradient_of_the_parts_is_that_of_the_whole_batch(
    store: Store, make: Callable[..., Iterator[Stage]], sequence_loss: str
) -> None:
    config = with_settings(preset("tiny-pooled"), [*SETTINGS, f"sequence_loss={sequence_loss}"])
    found = []
    for parts in ((Part(),), (Part(0, 2), Part(1, 2))):
        with make(store, config, parts) as stage:
            found.append(gradients(stage, parts))
    whole, dealt = found
    assert whole.abs().max() > 1e-3
    assert_close(dealt, whole, rtol=1e-4, atol=1e-6)


def test_a_sample_is_varied_the_same_in_whichever_part_it_falls() -> None:
    grey, params = torch.rand(4, 3, 24, 24), Augmentation(noise_high_hu=0.0, cutouts=2)
    whole = augment(grey, params, width_hu=700.0, draws=Draws(step_generator(1, 1)))
    for part in (Part(0, 2), Part(1, 2)):
        draws = Draws(step_generator(1, 1), part)
        assert_close(augment(part.of(grey), params, width_hu=700.0, draws=draws), part.of(whole))


def test_the_noise_of_two_parts_differs() -> None:
    grey, params = (
        torch.full((1, 3, 24, 24), 0.5),
        Augmentation(shift=0.0, scale=0.0, rotation_degrees=0.0),
    )
    one, two = (
        augment(grey, params, width_hu=700.0, draws=Draws(step_generator(1, 1), Part(k, 2)))
        for k in (0, 1)
    )
    residue = [x[0, 0] - x[0, 0].mean() for x in (one, two)]
    correlation = torch.corrcoef(torch.stack([r.flatten() for r in residue]))[0, 1]
    assert abs(float(correlation)) < 0.5


def test_every_sample_falls_into_one_part() -> None:
    parts = [p for rank in (0, 1) for p in parts_of(rank, 2, accumulate=3, batch_size=12)]
    assert sorted(i for part in parts for i in part.of(range(12))) == list(range(12))
    assert {len(part.of(range(12))) for part in parts} == {2}


def test_a_batch_that_cannot_be_dealt_equally_is_refused() -> None:
    with pytest.raises(TrainingError, match="batch of 10 cannot be dealt into 4"):
        parts_of(0, 2, accumulate=2, batch_size=10)


def train(store: Store, run: Path, n_processes: int, *more: str) -> subprocess.Popen[bytes]:
    launcher = ["-m", "pe_models"]
    if n_processes > 1:
        launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node",
                    str(n_processes), *launcher]  # fmt: skip
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    command = [
        sys.executable, *launcher, "train", "all", "--data", store.folder, "--out", run,
        "--preset", "tiny-pooled", "--device", "cpu", *settings, *more,
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [str(word) for word in command], env=environment, stdout=subprocess.PIPE
    )


@pytest.mark.long
def test_two_processes_end_with_the_weights_of_one(store: Store, tmp_path: Path) -> None:
    said = []
    for name, n_processes in (("one", 1), ("two", 2)):
        process = train(store, tmp_path / name, n_processes, "--progress", "auto")
        said.append(process.communicate(timeout=250)[0])
        assert process.returncode == 0
    assert said[1].count(b"all: done") == 1
    for stage in ("localizer", "slice", "sequence"):
        one, two = (
            load_checkpoint(RunFolder(tmp_path / name).checkpoint_file(stage), stage)
            for name in ("one", "two")
        )
        assert one.step == two.step == 3
        for name, weight in one.kept_weights.items():
            assert_close(two.kept_weights[name], weight, rtol=0, atol=1e-5)
    one, two = (json.loads((tmp_path / n / "boxes.json").read_text()) for n in ("one", "two"))
    assert one == two
    features = sorted(path.name for path in (tmp_path / "one" / "features").iterdir())
    assert features == sorted(path.name for path in (tmp_path / "two" / "features").iterdir())


@pytest.mark.long
def test_a_stop_file_ends_both_processes_at_the_same_step(store: Store, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    process = train(store, run.folder, 2, "--set", "localizer.steps=100000")
    end = time.monotonic() + 120
    while not run.history_file.exists() or run.history_file.stat().st_size < 2000:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    run.stop_file.touch()
    process.communicate(timeout=60)
    assert process.returncode == 0
    state = json.loads(run.state_file.read_text())
    assert state["state"] == "stopped"
    checkpoint = load_checkpoint(run.checkpoint_file("localizer"), "localizer")
    assert checkpoint.step == state["done"]
